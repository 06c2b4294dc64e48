// Ways from one code to another, as `shapespace.walks.paths` has them.

import { combined, distance, dot, length, minus, plus, row } from "./algebra.js";

const N_NEIGHBOURS = 10;
const NOTHING = 1e-12; // equal codes lie next to nothing apart
const STRAIGHT = 1e-6; // angle below which, or as near to the opposite, no arc is the shortest

const shares = n => Array.from({ length: n }, (_, i) => i / (n - 1));

/** `n` codes from `first` to `last`; `graph` is of the training codes, made where it is needed. */
export function pathBetween(first, last, n, kind, graph) {
  if (kind === "spherical") return spherical(first, last, n, graph().middle);
  if (kind === "geodesic") return evenlyAlong(graph().shortest(first, last), n);
  return straight(first, last, n);
}

const straight = (first, last, n) => shares(n).map(share => plus(first, minus(last, first), share));

function spherical(first, last, n, centre) {
  const out = [minus(first, centre), minus(last, centre)], radii = out.map(length);
  if (Math.min(...radii) === 0) return straight(first, last, n);
  const [from, to] = out.map((vector, i) => vector.map(value => value / radii[i]));
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(from, to))));
  if (angle < STRAIGHT || angle > Math.PI - STRAIGHT) return straight(first, last, n);
  return shares(n).map(share => {
    const radius = radii[0] + share * (radii[1] - radii[0]);
    const a = (radius * Math.sin((1 - share) * angle)) / Math.sin(angle), b = (radius * Math.sin(share * angle)) / Math.sin(angle);
    return centre.map((value, i) => value + a * from[i] + b * to[i]);
  });
}

/** `n` points at even distances along a line with corners, its ends included. */
export function evenlyAlong(corners, n) {
  const kept = corners.filter((corner, i) => i === 0 || distance(corner, corners[i - 1]) > 0);
  if (kept.length === 1) return shares(n).map(() => kept[0]);
  const along = [0];
  for (let i = 1; i < kept.length; i++) along.push(along[i - 1] + distance(kept[i], kept[i - 1]));
  return shares(n).map(share => {
    const wanted = share * along.at(-1);
    let leg = 0;
    while (leg < kept.length - 2 && along[leg + 1] <= wanted) leg++;
    return plus(kept[leg], minus(kept[leg + 1], kept[leg]), (wanted - along[leg]) / (along[leg + 1] - along[leg]));
  });
}

/** Training codes, each joined with its nearest, and by a tree that keeps them in one piece. */
export class Graph {
  constructor({ training_codes: codes, near, near_far: nearFar, tree, tree_far: treeFar }) {
    const n = codes.rows, edges = (pairs, far) => Array.from(far.values, (way, i) => [...pairs.values.subarray(2 * i, 2 * i + 2), way]);
    this.nodes = Array.from({ length: n }, (_, i) => row(codes, i));
    this.middle = combined(new Float64Array(n).fill(1 / n), codes);
    this.tree = edges(tree, treeFar);
    this.near = this.nodes.map(() => []);
    for (const edge of edges(near, nearFar)) this.near[edge[0]].push(edge);
  }

  /** The codes on the shortest way through the graph with both ends added to it. */
  shortest(first, last) {
    const n = this.nodes.length, nodes = [...this.nodes, first, last], way = (a, b) => Math.max(distance(nodes[a], nodes[b]), NOTHING);
    const added = [n, n + 1].map(end => nodes.slice(0, end).map((_, i) => [i, end, way(i, end)]));
    const joined = nodes.map(() => new Map());
    const join = ([a, b, far]) => { joined[a].set(b, far); joined[b].set(a, far); };
    const ends = added.flat();
    this.near.forEach((edges, i) => nearest([...edges, added[0][i], added[1][i]]).forEach(join));
    for (const end of [n, n + 1]) nearest(ends.filter(([a, b]) => a === end || b === end)).forEach(join);
    spanningTree([...this.tree, ...ends], nodes.length).forEach(join);
    return shortestChain(joined, n, n + 1).map(node => nodes[node]);
  }
}

const byLength = edges => edges.sort((a, b) => a[2] - b[2]);

const nearest = edges => byLength(edges).slice(0, N_NEIGHBOURS);

/** Those edges that make a minimum spanning tree of n nodes; Kruskal (1956). */
function spanningTree(edges, n) {
  const above = Array.from({ length: n }, (_, i) => i);
  const root = node => { while (above[node] !== node) node = above[node] = above[above[node]]; return node; };
  return byLength(edges).filter(([a, b]) => {
    const [from, to] = [root(a), root(b)];
    above[from] = to;
    return from !== to;
  });
}

/** The nodes of the shortest way; Dijkstra (1959). */
function shortestChain(joined, start, end) {
  const best = joined.map(() => Infinity), before = joined.map(() => -1), open = new Set(joined.keys());
  best[start] = 0;
  for (;;) {
    let now = -1;
    for (const node of open) if (now < 0 || best[node] < best[now]) now = node;
    if (now === end) break;
    open.delete(now);
    for (const [other, way] of joined[now]) if (best[now] + way < best[other]) { best[other] = best[now] + way; before[other] = now; }
  }
  const chain = [end];
  while (chain[0] !== start) chain.unshift(before[chain[0]]);
  return chain;
}
