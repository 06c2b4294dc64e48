// The outlines of ink, pixel by pixel; Suzuki and Abe (1985), as OpenCV's findContours has them.

const WAYS = [[1, 0], [1, -1], [0, -1], [-1, -1], [-1, 0], [-1, 1], [0, 1], [1, 1]]; // against the clock, y down

/** Outlines of the ink and of the holes in it, each a closed list of [x, y] on pixels of ink. */
export function outlines(ink, width, height) {
  const wide = width + 2, marks = new Int8Array(wide * (height + 2)); // 1 ink, 2 on an outline, -2 that ends at its right
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) marks[(y + 1) * wide + x + 1] = ink[y * width + x] ? 1 : 0;
  const steps = WAYS.map(([x, y]) => y * wide + x), found = [];
  for (let y = 1; y <= height; y++) for (let x = 1; x <= width; x++) {
    const at = y * wide + x;
    if (marks[at] === 1 && !marks[at - 1]) found.push(followed(marks, at, 4, steps));
    else if (marks[at] > 0 && !marks[at + 1]) found.push(followed(marks, at, 0, steps));
  }
  return found.map(outline => outline.map(at => [(at % wide) - 1, Math.floor(at / wide) - 1]));
}

/** Follow one outline from a pixel whose neighbour in direction `from` is paper. */
function followed(marks, start, from, steps) {
  let way = from, second = -1;
  for (let k = 1; k <= 8 && second < 0; k++) { // with the clock to the first ink
    const next = (from - k + 8) % 8;
    if (marks[start + steps[next]]) { second = start + steps[next]; way = next; }
  }
  if (second < 0) { marks[start] = -2; return [start]; }
  const found = [];
  for (let now = start; ;) {
    let next = way, right = false;
    do { // against the clock from where the outline came
      next = (next + 1) % 8;
      if (next === 0 && !marks[now + 1]) right = true;
    } while (!marks[now + steps[next]]);
    if (right) marks[now] = -2;
    else if (marks[now] === 1) marks[now] = 2;
    found.push(now);
    const after = now + steps[next];
    if (after === start && now === second) return found;
    now = after;
    way = (next + 4) % 8;
  }
}

/** The length of a closed line. */
export const around = line => line.reduce((sum, [x, y], i) => { const [u, v] = line[(i + 1) % line.length]; return sum + Math.hypot(u - x, v - y); }, 0);

/** A closed line with no more points than it takes to stay within a distance of it; Douglas and Peucker (1973). */
export function simplified(line, within) {
  const far = ([x, y], [u, v]) => Math.hypot(u - x, v - y);
  let half = 0;
  line.forEach((point, i) => { if (far(point, line[0]) > far(line[half], line[0])) half = i; });
  const closed = [...line, line[0]], kept = new Set([0, half]), open = [[0, half], [half, line.length]];
  while (open.length) {
    const [first, last] = open.pop(), [x, y] = closed[first], [u, v] = closed[last], long = far(closed[first], closed[last]);
    let worst = first, most = within;
    for (let i = first + 1; i < last; i++) {
      const off = long ? Math.abs((u - x) * (y - closed[i][1]) - (x - closed[i][0]) * (v - y)) / long : far(closed[i], closed[first]);
      if (off > most) { most = off; worst = i; }
    }
    if (worst !== first) { kept.add(worst); open.push([first, worst], [worst, last]); }
  }
  return [...kept].sort((a, b) => a - b).map(i => line[i]);
}
