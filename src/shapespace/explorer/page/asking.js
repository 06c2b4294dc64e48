// What asking for answers has in common, wherever they come from: refusals, and latest-wins.

/** An answer that was refused, in a sentence; the status is as in HTTP, 0 if nobody answered. */
export class Refused extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

/** Runs one job at a time; of those asked for meanwhile only the latest is done. */
export class Latest {
  constructor(job) { this.job = job; this.busy = false; this.next = null; }

  async ask(...wanted) {
    this.next = wanted;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.next) {
        const now = this.next;
        this.next = null;
        await this.job(...now);
      }
    } finally { this.busy = false; }
  }
}
