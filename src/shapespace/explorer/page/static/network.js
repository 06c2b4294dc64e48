// The encoder and the decoder of a run, in onnxruntime-web: one thread, which every server allows.

import * as ort from "../onnxruntime-web/ort.wasm.bundle.min.js";
import { Refused } from "../asking.js";

const RUNTIME = "onnxruntime-web/ort-wasm-simd-threaded.wasm";

export class Network {
  constructor(files, folder, side, turns) { Object.assign(this, { files, folder, side, turns, sessions: {} }); }

  /** The code of a picture with grey values in [0, 1]. */
  async encode(picture, urgent = false) {
    const { side } = this;
    return Float64Array.from(await this.#run("encoder", "images", picture, [1, 1, side, side], urgent));
  }

  /** The picture of a code. */
  decode(code, urgent = false) {
    return this.#run("decoder", "codes", Float32Array.from(code), [1, code.length], urgent);
  }

  async #run(name, input, values, shape, urgent) {
    this.sessions[name] ??= this.#open(name);
    const session = await this.sessions[name];
    return this.turns.take(urgent, async () => {
      const found = await session.run({ [input]: new ort.Tensor("float32", values, shape) });
      return Object.values(found)[0].data;
    });
  }

  async #open(name) {
    const model = this.files.bytes(`${this.folder}/${name}.onnx`);
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = "error";
    ort.env.wasm.wasmBinary ??= await (this.files.runtime ??= this.files.bytes(RUNTIME));
    try {
      return await ort.InferenceSession.create(await model, { executionProviders: ["wasm"] });
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Refused(500, `This browser cannot run the networks (${error.message}). A recent Firefox, Chrome, Edge or Safari can.`);
    }
  }
}

/** One pass through a network at a time; what a hand waits for goes first. */
export class Turns {
  constructor() { this.busy = false; this.urgent = []; this.patient = []; }

  async take(urgent, job) {
    await new Promise(go => { (urgent ? this.urgent : this.patient).push(go); this.#next(); });
    try { return await job(); } finally {
      setTimeout(() => { // what was asked meanwhile gets into the queue first
        this.busy = false;
        this.#next();
      });
    }
  }

  #next() {
    if (this.busy) return;
    const go = this.urgent.shift() ?? this.patient.shift();
    if (!go) return;
    this.busy = true;
    go();
  }
}
