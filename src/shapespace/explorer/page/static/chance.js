// Random numbers, the very ones that torch and numpy draw from the same seeds.

/** torch.rand of a CPU generator: n numbers of single precision in [0, 1). */
export function torchRand(n, seed) {
  const twister = new MersenneTwister(seed);
  return Float32Array.from({ length: n }, () => (twister.next() & 0xffffff) / 2 ** 24);
}

/** MT19937; Matsumoto and Nishimura (1998). */
class MersenneTwister {
  constructor(seed) {
    this.state = new Uint32Array(624);
    this.state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const before = this.state[i - 1];
      this.state[i] = Math.imul(before ^ (before >>> 30), 1812433253) + i;
    }
    this.at = 624;
  }

  next() {
    if (this.at === 624) this.#turn();
    let word = this.state[this.at++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #turn() {
    const { state } = this;
    for (let i = 0; i < 624; i++) {
      const word = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
      state[i] = state[(i + 397) % 624] ^ (word >>> 1) ^ (word & 1 ? 0x9908b0df : 0);
    }
    this.at = 0;
  }
}

/** numpy.random.default_rng(seed).integers(n), n below 2^32. */
export function numpyInteger(n, seed) {
  const words = pcg64(seedSequence(seed)), range = BigInt(n);
  for (;;) { // Lemire (2019): no number is more likely than another
    const product = words.next().value * range;
    if ((product & 0xffffffffn) >= (0x100000000n % range)) return Number(product >> 32n);
  }
}

const BITS_64 = (1n << 64n) - 1n, BITS_128 = (1n << 128n) - 1n;

/** PCG64 (O'Neill, 2014): 32 bits at a time, the lower half of each number first. */
function* pcg64([high, low, stepHigh, stepLow]) {
  const multiplier = 0x2360ed051fc65da44385df649fccf645n;
  const step = ((((stepHigh << 64n) | stepLow) << 1n) | 1n) & BITS_128;
  let state = (step + ((high << 64n) | low)) & BITS_128;
  const turn = () => { state = (state * multiplier + step) & BITS_128; };
  turn();
  for (;;) {
    turn();
    const mixed = (state >> 64n) ^ (state & BITS_64), turned = state >> 122n;
    const word = ((mixed >> turned) | (mixed << (64n - turned))) & BITS_64;
    yield word & 0xffffffffn;
    yield word >> 32n;
  }
}

/** numpy's SeedSequence: four words of 64 bits from a seed below 2^32. */
function seedSequence(seed) {
  let constant = 0x43b0d7e5;
  const hashed = value => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const mixed = (a, b) => {
    const value = Math.imul(0xca01f9dd, a) - Math.imul(0x4973f715, b);
    return value ^ (value >>> 16);
  };
  const pool = [seed, 0, 0, 0].map(hashed);
  for (let from = 0; from < 4; from++) for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  constant = 0x8b51f9dd;
  const words = Array.from({ length: 8 }, (_, i) => {
    let value = pool[i % 4] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    return BigInt((value ^ (value >>> 16)) >>> 0);
  });
  return [0, 2, 4, 6].map(i => words[i] | (words[i + 1] << 32n));
}
