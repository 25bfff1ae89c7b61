// A telephone in the browser. It speaks to our server as a carrier does (Twilio Media Streams), so that a practice
// call takes the very path of a real one; what is typed goes over the same socket in a frame of our own.

import { Line, obey } from "./ulaw-worklet.js";

const WORKLET = new URL("./ulaw-worklet.js", import.meta.url);
const DEVICE_WITHIN_MS = 1500;
const TICK_MS = 20;
const MOST_AT_ONCE = 50; // frames that a clock which was held up catches up with

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

/** The microphone, or null with the reason: "refused" or "none". */
export async function microphone() {
  if (!navigator.mediaDevices?.getUserMedia) return { stream: null, why: "none" };
  try {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    return { stream: await navigator.mediaDevices.getUserMedia({ audio }), why: "" };
  } catch (error) {
    return { stream: null, why: error.name === "NotAllowedError" ? "refused" : "none" };
  }
}

/** Sound by the device where there is one, else by a clock: then nothing is heard, and the call goes on in writing. */
class Sound {
  constructor(tell) { this.tell = tell; this.context = null; this.node = null; this.line = null; this.timer = 0; }

  async start(stream) {
    try {
      this.context = new AudioContext({ latencyHint: "interactive" });
      await this.context.audioWorklet.addModule(WORKLET);
      await Promise.race([this.context.resume(), new Promise((_none, late) => setTimeout(late, DEVICE_WITHIN_MS))]);
      this.node = new AudioWorkletNode(this.context, "telephone", { outputChannelCount: [1] });
      this.node.port.onmessage = ({ data }) => this.tell(data);
      this.node.connect(this.context.destination);
      if (stream) this.context.createMediaStreamSource(stream).connect(this.node);
    } catch {
      this.context?.close();
      this.context = this.node = null;
      this.byClock();
    }
  }

  get audible() { return this.node !== null; }

  byClock() {
    this.line = new Line(8000, this.tell);
    let next = performance.now();
    this.timer = setInterval(() => {
      const now = performance.now();
      next = Math.max(next, now - MOST_AT_ONCE * TICK_MS);
      for (; next <= now; next += TICK_MS) for (let at = 0; at < 160; at += 1) { this.line.take(0); this.line.play(); }
    }, TICK_MS);
  }

  order(order) { if (this.node) this.node.port.postMessage(order); else if (this.line) obey(this.line, order); }

  stop() { clearInterval(this.timer); this.node?.disconnect(); this.context?.close(); this.context = this.node = this.line = null; }
}

/**
 * One call. `on`: level(0..1), played(bool), open(), closed({byUs, clean}).
 * Closed by the server with code 1000 means that the assistant, or a person, ended the call.
 */
export class Softphone {
  constructor({ address, callSid, token, stream, on }) {
    Object.assign(this, { callSid, token, stream, on, streamSid: `MZ${callSid.slice(2)}` });
    this.sequence = 0; this.chunk = 0; this.over = false; this.begun = false;
    this.sound = new Sound((message) => this.fromLine(message));
    this.socket = new WebSocket(new URL(address, location.href.replace(/^http/, "ws")));
    this.socket.onopen = () => this.begin();
    this.socket.onmessage = ({ data }) => this.fromServer(JSON.parse(data));
    this.socket.onclose = ({ code }) => this.closed(code);
  }

  send(event, fields) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.sequence += 1;
    this.socket.send(JSON.stringify({ event, sequenceNumber: String(this.sequence), streamSid: this.streamSid, ...fields }));
    return true;
  }

  async begin() {
    this.socket.send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
    this.send("start", { start: {
      streamSid: this.streamSid, callSid: this.callSid, accountSid: "", tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
      customParameters: { token: this.token },
    } });
    await this.sound.start(this.stream);
    this.begun = true;
    if (this.over) { this.sound.stop(); return; }
    this.on.open({ audible: this.sound.audible });
  }

  fromLine({ frame, level, mark, played }) {
    if (frame) {
      const media = { track: "inbound", chunk: String(this.chunk + 1), timestamp: String(this.chunk * TICK_MS) };
      this.chunk += 1;
      this.send("media", { media: { ...media, payload: base64(frame) } });
      this.on.level(level);
    } else if (mark !== undefined) this.send("mark", { mark: { name: mark } });
    else if (played !== undefined) this.on.played(played);
  }

  fromServer(frame) {
    if (frame.event === "media") this.sound.order({ audio: bytesOf(frame.media.payload) });
    else if (frame.event === "mark") this.sound.order({ mark: frame.mark.name });
    else if (frame.event === "clear") this.sound.order({ clear: true });
  }

  say(text) { return this.send("text", { text }); }
  press(digit) { return this.send("dtmf", { dtmf: { track: "inbound_track", digit } }); }
  mute(muted) { this.sound.order({ muted }); }

  hangUp() {
    this.byUs = true;
    this.send("stop", { stop: { callSid: this.callSid, accountSid: "" } });
    this.socket.close(1000);
  }

  closed(code) {
    if (this.over) return;
    this.over = true;
    if (this.begun) this.sound.stop();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.on.closed({ byUs: Boolean(this.byUs), clean: code === 1000, refused: code === 4401 });
  }
}
