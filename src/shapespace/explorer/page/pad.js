// Paper to draw a sketch on, by mouse, pen, finger or keyboard.

const LINE = 11; // in pixels of the paper, which has 480
const STEP = 12; // what an arrow key moves the pen

export class Pad {
  constructor(dialog, onSketch) {
    this.dialog = dialog;
    this.canvas = dialog.querySelector("canvas");
    this.strokes = [];
    this.pen = [240, 240];
    this.down = false; // of the keyboard's pen
    const part = name => dialog.querySelector(`#pad-${name}`);
    part("use").addEventListener("click", () => {
      this.draw(false);
      this.canvas.toBlob(blob => { dialog.close(); onSketch(blob); });
    });
    part("undo").addEventListener("click", () => { this.strokes.pop(); this.draw(); });
    part("clear").addEventListener("click", () => { this.strokes = []; this.draw(); });
    part("close").addEventListener("click", () => dialog.close());
    this.#listen();
  }

  open() {
    this.strokes = [];
    this.down = false;
    this.keyed = false;
    this.dialog.showModal();
    this.draw();
    this.canvas.focus();
  }

  draw(withPen = true) {
    const context = this.canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.strokeStyle = "#000";
    context.lineWidth = LINE;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.strokes) {
      context.beginPath();
      context.moveTo(...stroke[0]);
      for (const place of stroke) context.lineTo(...place);
      context.stroke();
    }
    if (withPen && this.keyed) {
      context.lineWidth = 2;
      context.strokeStyle = this.down ? "#b04a00" : "#0b5394";
      context.beginPath();
      context.arc(...this.pen, 9, 0, 7);
      context.stroke();
    }
  }

  #listen() {
    const { canvas } = this;
    const where = event => {
      const box = canvas.getBoundingClientRect(), k = canvas.width / box.width;
      return [(event.clientX - box.left) * k, (event.clientY - box.top) * k];
    };
    let drawing = false;
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId);
      drawing = true;
      this.keyed = this.down = false;
      this.strokes.push([where(event)]);
      this.draw();
    });
    canvas.addEventListener("pointermove", event => {
      if (!drawing) return;
      for (const part of event.getCoalescedEvents?.() ?? [event]) this.strokes.at(-1).push(where(part));
      this.draw();
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drawing = false; });
    canvas.addEventListener("keydown", event => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (way) {
        this.pen = this.pen.map((value, i) => Math.min(474, Math.max(6, value + way[i] * STEP)));
        if (this.down) this.strokes.at(-1).push([...this.pen]);
      } else if (event.key === " ") {
        this.down = !this.down;
        if (this.down) this.strokes.push([[...this.pen]]);
      } else return;
      this.keyed = true;
      event.preventDefault();
      this.draw();
    });
  }
}
