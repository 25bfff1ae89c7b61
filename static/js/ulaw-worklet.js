// The telephone's sound card: the microphone becomes 20 ms frames of µ-law at 8 kHz, and µ-law that came is played.
// Runs as an AudioWorklet at whatever rate the device has. `Line` knows nothing of audio devices, so that the page
// can run it by a clock where there is none.

const TELEPHONE_RATE = 8000;
const FRAME = 160; // samples, 20 ms
const AHEAD = 640; // samples that wait before playing begins: 80 ms against jitter
const SILENCE = 0xff;
const BIAS = 0x84;
const CLIP = 32635;

const LINEAR = new Float32Array(256);
for (let code = 0; code < 256; code += 1) {
  const flipped = ~code & 0xff;
  const size = (((flipped & 0x0f) << 3) + BIAS) << ((flipped & 0x70) >> 4);
  LINEAR[code] = ((flipped & 0x80) ? BIAS - size : size - BIAS) / 32768;
}

export function encoded(sample) {
  let value = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
  const sign = value < 0 ? 0x80 : 0;
  value = Math.min(Math.abs(value), CLIP) + BIAS;
  const exponent = Math.max(0, 31 - Math.clz32(value) - 7);
  return ~(sign | (exponent << 4) | ((value >> (exponent + 3)) & 0x0f)) & 0xff;
}

/** A low-pass that keeps what a telephone carries: a Hamming-windowed sinc at the device's rate. */
class LowPass {
  constructor(rate) {
    const length = rate <= TELEPHONE_RATE ? 1 : (Math.round((rate / TELEPHONE_RATE) * 8) | 1);
    const cut = Math.min(0.5, 3600 / rate);
    const middle = (length - 1) / 2;
    this.taps = Float32Array.from({ length }, (_none, at) => {
      if (length === 1) return 1;
      const x = at - middle;
      const sinc = x === 0 ? 2 * cut : Math.sin(2 * Math.PI * cut * x) / (Math.PI * x);
      return sinc * (0.54 - 0.46 * Math.cos((2 * Math.PI * at) / (length - 1)));
    });
    const sum = this.taps.reduce((total, tap) => total + tap, 0);
    this.taps = this.taps.map((tap) => tap / sum);
    this.past = new Float32Array(length);
    this.at = 0;
  }

  pass(sample) {
    const { taps, past } = this;
    past[this.at] = sample;
    let sum = 0;
    for (let tap = 0, at = this.at; tap < taps.length; tap += 1) {
      sum += taps[tap] * past[at];
      at = at === 0 ? past.length - 1 : at - 1;
    }
    this.at = (this.at + 1) % past.length;
    return sum;
  }
}

/** One call's two directions. `tell(message)`: {frame, level}, {mark}, {played: true|false} (a voice is to be heard). */
export class Line {
  constructor(rate, tell) {
    this.tell = tell;
    this.muted = false;
    this.step = TELEPHONE_RATE / rate; // telephone samples per sample of the device
    this.queue = []; // Uint8Array of µ-law, or the name of a mark
    this.first = 0; // next byte of the queue's first piece
    this.waiting = 0; // bytes in the queue
    this.playing = false;
    this.late = 0; // samples since the first piece came
    this.phase = 1;
    this.before = 0;
    this.after = 0;
    this.smooth = new LowPass(rate);
    this.narrow = new LowPass(rate);
    this.caught = 0;
    this.frame = new Uint8Array(FRAME);
    this.filled = 0;
    this.energy = 0;
  }

  add(piece) { this.queue.push(piece); if (typeof piece !== "string") this.waiting += piece.length; }

  /** Forget what was not played; the marks behind it come back at once, as from a carrier. */
  clear() {
    const marks = this.queue.filter((piece) => typeof piece === "string");
    this.queue = []; this.first = 0; this.waiting = 0; this.late = 0;
    this.heard(false);
    for (const mark of marks) this.tell({ mark });
  }

  heard(is) { if (this.playing !== is) { this.playing = is; this.tell({ played: is }); } }

  /** The next sample for the loudspeaker, at the device's rate. */
  play() {
    this.phase += this.step;
    while (this.phase >= 1) { this.phase -= 1; this.before = this.after; this.after = this.next(); }
    return this.smooth.pass(this.before + (this.after - this.before) * this.phase);
  }

  next() {
    if (!this.playing) {
      if (this.waiting === 0) { this.passMarks(); return 0; }
      this.late += 1;
      if (this.waiting < AHEAD && this.late < AHEAD) return 0;
      this.heard(true);
    }
    this.passMarks();
    const piece = this.queue[0];
    if (piece === undefined) { this.late = 0; this.heard(false); return 0; }
    const sample = LINEAR[piece[this.first]];
    this.first += 1; this.waiting -= 1;
    if (this.first >= piece.length) { this.queue.shift(); this.first = 0; this.passMarks(); }
    return sample;
  }

  passMarks() { while (typeof this.queue[0] === "string") this.tell({ mark: this.queue.shift() }); }

  /** One sample of the microphone, at the device's rate. */
  take(sample) {
    const narrow = this.narrow.pass(sample);
    this.caught += this.step;
    while (this.caught >= 1) { this.caught -= 1; this.send(narrow); }
  }

  send(sample) {
    this.frame[this.filled] = this.muted ? SILENCE : encoded(sample);
    this.energy += this.muted ? 0 : sample * sample;
    this.filled += 1;
    if (this.filled < FRAME) return;
    this.tell({ frame: this.frame, level: Math.sqrt(this.energy / FRAME) });
    this.frame = new Uint8Array(FRAME);
    this.filled = 0; this.energy = 0;
  }
}

/** What the page says to the line, wherever it runs. */
export function obey(line, order) {
  if (order.audio) line.add(order.audio);
  else if (order.mark !== undefined) line.add(order.mark);
  else if (order.clear) line.clear();
  else if (order.muted !== undefined) line.muted = order.muted;
}

if (globalThis.AudioWorkletProcessor) {
  registerProcessor("telephone", class extends AudioWorkletProcessor {
    constructor() {
      super();
      this.line = new Line(sampleRate, (message) => this.port.postMessage(message));
      this.port.onmessage = ({ data }) => obey(this.line, data);
    }

    process(inputs, outputs) {
      const [microphone] = inputs[0];
      const [loudspeaker, ...others] = outputs[0];
      for (let at = 0; at < loudspeaker.length; at += 1) {
        this.line.take(microphone ? microphone[at] : 0);
        loudspeaker[at] = this.line.play();
      }
      for (const other of others) other.set(loudspeaker);
      return true;
    }
  });
}
