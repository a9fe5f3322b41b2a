/* A person in the caller's place: who they are, their microphone, and the socket it goes by. */

const VOICE_FORM = "ringback.voice.v1"
const VOICE_OVER = 1000
const VOICE_BROKEN = 1008
const VOICE_TOO_OLD = 4001
/* So much may wait for a network that does not take it (0.3 s); what comes then is left out. */
const VOICE_WAITS = 15 * 976
const LONGEST_NAME = 40

const NO_MICROPHONE = {
  insecure:
    "Browsers give a microphone only to pages on https or at 127.0.0.1. Open the console there, or start it with a certificate: ringback console --certificate FILE --key FILE (Streamlit's server.sslCertFile and server.sslKeyFile).",
  refused: "The browser refused the microphone. Allow it beside the page's address, then try again.",
  none: "No microphone was found. Connect one, then try again.",
  busy: "The microphone could not be opened. Another program may be using it: close that, then try again.",
}
const MICROPHONE_TROUBLES = {
  NotAllowedError: NO_MICROPHONE.refused,
  SecurityError: NO_MICROPHONE.refused,
  NotFoundError: NO_MICROPHONE.none,
  OverconstrainedError: NO_MICROPHONE.none,
}
const NO_VOICE = {
  gone: "The microphone is gone. Choose another one, or type.",
  expired: "This page was open for too long. Try again.",
  broken: "The console refused what this page sent. Reload the page, then try again.",
  silent: "The console does not answer. Check that it is running, then try again.",
}

/* Whether the browser takes echo and noise away and evens levels out; with headphones nobody needs it. */
function filtered(on) {
  if (on !== undefined) remembered.set("localStorage", "filter", on ? "" : "off")
  return remembered.get("localStorage", "filter") !== "off"
}

class Microphone {
  /* heard({first, level, piece}): every 20 ms. ended: the device is gone. */
  constructor({ heard, ended }) {
    Object.assign(this, { heard, ended })
    this.next = 0
  }

  get on() {
    return Boolean(this.stream)
  }

  /* Opens a device, another one in place of the one before; gives a sentence if it cannot. */
  async open(device, muted) {
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return NO_MICROPHONE.insecure
    this.close()
    const attempt = (this.attempt = {})
    const filter = filtered()
    const wanted = { echoCancellation: filter, noiseSuppression: filter, autoGainControl: filter, channelCount: 1 }
    if (device) wanted.deviceId = { ideal: device }
    let stream, context
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: wanted })
      const [track] = stream.getAudioTracks()
      // Firefox connects no stream to a context of another rate.
      const { sampleRate } = track.getSettings()
      context = new AudioContext({ latencyHint: "interactive", ...(sampleRate ? { sampleRate } : {}) })
      const module = URL.createObjectURL(new Blob([`(${voiceWorklet})()`], { type: "text/javascript" }))
      await context.audioWorklet.addModule(module).finally(() => URL.revokeObjectURL(module))
      if (this.attempt !== attempt) throw new DOMException("closed meanwhile", "AbortError")
      const node = new AudioWorkletNode(context, "ringback-voice", {
        numberOfOutputs: 0,
        processorOptions: { first: this.next, muted },
      })
      node.port.onmessage = ({ data }) => {
        if (this.stream !== stream) return
        this.next = data.first + 960 // another device begins after this one
        this.heard(data)
      }
      context.createMediaStreamSource(stream).connect(node)
      context.resume().catch(() => null)
      track.onended = () => this.stream === stream && this.ended()
      Object.assign(this, { stream, context, node, device: track.getSettings().deviceId ?? "" })
      return ""
    } catch (error) {
      stream?.getTracks().forEach(track => track.stop())
      context?.close().catch(() => null)
      if (this.attempt !== attempt) return ""
      console.warn("No microphone", error)
      return MICROPHONE_TROUBLES[error.name] ?? NO_MICROPHONE.busy
    }
  }

  mute(muted) {
    this.node?.port.postMessage({ muted })
  }

  close() {
    this.attempt = null
    this.stream?.getTracks().forEach(track => track.stop())
    this.context?.close().catch(() => null)
    this.stream = this.context = this.node = null
  }
}

class Speaker {
  /* changed(): anything of this is another. level(rms): of what the microphone takes up.
   * renew: asks for new tokens.
   * state: free, opening (the microphone), asking (who has the call) or held. */
  constructor({ changed, level, renew }) {
    Object.assign(this, { changed, level, renew })
    this.microphone = new Microphone({
      heard: piece => this.heard(piece),
      ended: () => this.lostMicrophone(),
    })
    this.state = "free"
    this.trouble = ""
    this.asked = ""
    this.muted = false
    this.talks = false
  }

  get silent() {
    return this.muted && !this.talks
  }

  /* Take the call over, by voice or by typing only; `ask` whoever has it. */
  async take(hub, { ask = false, voice = true } = {}) {
    if (this.state !== "free") return
    this.hub = hub
    this.asked = ""
    this.muted = this.talks = false
    const attempt = (this.attempt = {})
    this.become("opening")
    if (voice) {
      const trouble = await this.microphone.open(remembered.get("localStorage", "microphone"), false)
      if (this.attempt !== attempt) return
      if (trouble) return this.stop(trouble)
    }
    this.connect(ask ? "ask" : "take")
  }

  connect(type) {
    const address = new URL(this.hub.url("speak"), window.location.href)
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:"
    const socket = new WebSocket(address, [VOICE_FORM, this.hub.tokens.speak])
    this.socket = socket
    this.farewell = ""
    this.given = false
    socket.onopen = () => this.tell({ type, ...me() })
    socket.onmessage = ({ data }) => this.socket === socket && this.told(JSON.parse(data))
    socket.onclose = ({ code }) => this.socket === socket && this.closed(code)
  }

  told(message) {
    const { error } = message
    const why = error ? [error.message, error.cause, error.remedy].filter(Boolean).join(" ") : ""
    if (message.type === "taken") this.become("held")
    else if (message.type === "asking") this.become("asking")
    else if (message.type === "kept") this.farewell = `${message.by} keeps the call.`
    else if (message.type === "asked") this.become(this.state, { asked: message.by })
    else if (message.type === "given_back") this.given = true
    else if (message.type === "refused" && this.state === "held") this.become("held", { trouble: why })
    else if (message.type === "refused") this.farewell = why
  }

  closed(code) {
    if (code === VOICE_TOO_OLD) {
      this.renew()
      return this.stop(NO_VOICE.expired)
    }
    if (code === VOICE_OVER || this.farewell || this.given) return this.stop(this.farewell)
    if (this.state !== "held") return this.stop(code === VOICE_BROKEN ? NO_VOICE.broken : NO_VOICE.silent)
    const next = this.hub.view?.scenario ? "The simulated caller has taken over again." : "Nobody speaks as the caller now."
    this.stop(`${code === VOICE_BROKEN ? "The console refused what this page sent." : "The connection was lost."} ${next}`)
  }

  tell(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
  }

  heard({ first, level, piece }) {
    this.level(this.silent ? 0 : level)
    if (!piece || this.state !== "held" || this.socket?.readyState !== WebSocket.OPEN) return
    if (this.socket.bufferedAmount > VOICE_WAITS) return
    const head = new DataView(piece)
    head.setUint8(0, 1)
    head.setBigUint64(8, BigInt(first), true)
    this.socket.send(piece)
  }

  /* Another device, or one at last. */
  async use(device) {
    if (device) remembered.set("localStorage", "microphone", device)
    const trouble = await this.microphone.open(device || remembered.get("localStorage", "microphone"), this.silent)
    if (this.state !== "held") return this.microphone.close()
    this.become("held", { trouble })
  }

  lostMicrophone() {
    this.microphone.close()
    this.level(0)
    this.become(this.state, { trouble: NO_VOICE.gone })
  }

  /* Muted or not; `talks` while a key is held down that lets a muted one speak. */
  mute(muted, talks = false) {
    Object.assign(this, { muted, talks })
    this.microphone.mute(this.silent)
    this.changed()
  }

  giveBack(how) {
    this.trouble = ""
    this.tell({ type: "give_back", ...how })
  }

  answer(type) {
    this.tell({ type })
    this.become(this.state, { asked: "" })
  }

  become(state, { trouble = "", asked = this.asked } = {}) {
    Object.assign(this, { state, trouble, asked })
    this.changed()
  }

  /* Speak no more; what was held is given back by the socket's end. */
  stop(trouble = "") {
    const { socket } = this
    this.socket = this.attempt = null
    socket?.close()
    this.microphone.close()
    this.level(0)
    this.become("free", { trouble, asked: "" })
  }
}
