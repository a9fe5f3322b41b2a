/* Both lanes of a running call, heard as they come. Nothing is opened before the user asks. */

const LANES_FORM = "ringback.lanes.v1"
const AGENT_LANE = 1
const CALL_OVER = 1000
const REFUSED = [1008, 1009]
const TRY_LATER = 1013
const TOO_OLD = 4001
const LISTEN_AGAIN_MS = [400, 800, 1600, 3000, 5000]

const NO_SOUND = {
  insecure: "This browser plays live sound only over https, or from a console at 127.0.0.1. The recording can be played once the call is over.",
  device: "The sound could not be opened. Check the browser's permission for sound, then try again.",
  many: "Too many people listen by this console. Try again when one of them has stopped.",
  refused: "The console refused to send the sound. Reload the page, then try again.",
  lost: "The sound was lost and did not come back. Check the connection to the console, then try again.",
}

class Listener {
  /* changed(state, trouble): off, connecting, on, lost (it tries again) or failed, with a sentence.
   * late(seconds, held): how far what is heard lies behind the call, and how much of that waits here.
   * renew: asks for new tokens. */
  constructor({ changed, late, renew }) {
    Object.assign(this, { changed, late, renew })
    this.on = false
    this.volumes = { caller: 1, agent: 1 }
  }

  async start(hub) {
    if (!window.isSecureContext) return this.changed("failed", NO_SOUND.insecure)
    this.on = true
    this.hub = hub
    this.tries = 0
    this.changed("connecting")
    let context
    try {
      context = this.context = new AudioContext({ sampleRate: 24000, latencyHint: "interactive" })
      const module = URL.createObjectURL(new Blob([`(${lanesWorklet})()`], { type: "text/javascript" }))
      await context.audioWorklet.addModule(module).finally(() => URL.revokeObjectURL(module))
      if (this.context !== context) return
      this.node = new AudioWorkletNode(context, "ringback-lanes", { numberOfInputs: 0, outputChannelCount: [2] })
    } catch (error) {
      console.warn("Listening failed", error)
      if (this.context === context) this.stop("failed", NO_SOUND.device)
      return
    }
    this.node.port.onmessage = ({ data }) => this.told(data)
    this.node.onprocessorerror = () => this.stop("failed", NO_SOUND.device)
    for (const lane of Object.keys(this.volumes)) this.node.parameters.get(lane).value = this.volumes[lane]
    this.node.connect(context.destination)
    // A telephone call or a lost device pauses the sound: it goes on as soon as it may.
    context.onstatechange = () => {
      if (!["running", "closed"].includes(context.state)) context.resume().catch(() => null)
    }
    this.connect()
  }

  connect() {
    const address = new URL(this.hub.url("listen"), window.location.href)
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:"
    const socket = new WebSocket(address, [LANES_FORM, this.hub.tokens.listen, me().id])
    this.socket = socket
    this.hello = null
    socket.binaryType = "arraybuffer"
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return
      if (typeof data === "string") return this.greeted(JSON.parse(data))
      this.dates(new DataView(data))
      this.node.port.postMessage(data, [data])
    }
    socket.onclose = ({ code }) => this.socket === socket && this.closed(code)
  }

  greeted({ rate, now }) {
    this.tries = 0
    this.hello = { rate, ahead: now / rate - performance.now() / 1000 }
    this.changed("on")
  }

  /* The call's clock stands at least where the agent's newest sound ends: what came late, the
   * greeting too, tells of an earlier clock. The caller's sound is written down ahead of its time. */
  dates(piece) {
    if (!this.hello || piece.getUint8(1) !== AGENT_LANE) return
    const end = Number(piece.getBigUint64(8, true)) + piece.getUint32(4, true)
    this.hello.ahead = Math.max(this.hello.ahead, end / this.hello.rate - performance.now() / 1000)
  }

  closed(code) {
    if (code === CALL_OVER) return this.stop()
    if (REFUSED.includes(code)) return this.stop("failed", NO_SOUND.refused)
    if (code === TRY_LATER && !this.hello) return this.stop("failed", NO_SOUND.many)
    if (this.tries >= LISTEN_AGAIN_MS.length) return this.stop("failed", NO_SOUND.lost)
    if (code === TOO_OLD) this.renew()
    this.changed("lost")
    this.again = setTimeout(() => this.connect(), LISTEN_AGAIN_MS[this.tries++])
  }

  /* The place that is heard at this moment, against where the call's clock stands. */
  told({ shift, held }) {
    const { contextTime, performanceTime } = this.context.getOutputTimestamp()
    if (!this.hello || !performanceTime) return
    const { rate, ahead } = this.hello
    const heard = contextTime * rate - shift
    this.late(ahead + performanceTime / 1000 - heard / rate, held / rate)
  }

  volume(lane, value) {
    this.volumes[lane] = value
    const gain = this.node?.parameters.get(lane)
    if (!gain) return
    const now = this.context.currentTime
    gain.cancelScheduledValues(now)
    gain.setValueAtTime(gain.value, now)
    gain.linearRampToValueAtTime(value, now + 0.02)
  }

  stop(state = "off", trouble = "") {
    this.on = false
    clearTimeout(this.again)
    this.socket?.close()
    if (this.node) this.node.port.onmessage = this.node.onprocessorerror = null
    this.context?.close().catch(() => null)
    this.socket = this.context = this.node = this.hello = null
    this.changed(state, trouble)
  }
}
