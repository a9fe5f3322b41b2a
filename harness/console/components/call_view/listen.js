/* Both lanes of a running call, played as they come. Nothing is opened before the user asks. */

const WORKLET = `
class Lanes extends AudioWorkletProcessor {
  constructor() {
    super()
    this.queue = []
    this.held = 0
    this.at = 0
    this.playing = false
    this.port.onmessage = ({ data }) => {
      this.queue.push(data)
      this.held += data.length / 2
      // A page that was asleep comes back with too much: keep the newest 0.6 s.
      while (this.held > 0.6 * sampleRate && this.queue.length > 4) this.drop()
    }
  }
  drop() {
    this.held -= this.queue.shift().length / 2 - this.at
    this.at = 0
  }
  process(_, [[left, right]]) {
    if (!this.playing && this.held >= 0.15 * sampleRate) this.playing = true
    if (!this.playing) return true
    for (let i = 0; i < left.length; i++) {
      const block = this.queue[0]
      if (!block) {
        this.playing = false
        this.held = 0
        break
      }
      const caller = block[2 * this.at] / 32768
      const agent = block[2 * this.at + 1] / 32768
      left[i] = 0.85 * caller + 0.45 * agent
      if (right) right[i] = 0.45 * caller + 0.85 * agent
      this.at += 1
      this.held -= 1
      if (2 * this.at >= block.length) {
        this.queue.shift()
        this.at = 0
      }
    }
    return true
  }
}
registerProcessor("ringback-lanes", Lanes)
`

const TOO_OLD = 4001

class Listener {
  constructor(onState, renew) {
    this.onState = onState
    this.renew = renew
    this.on = false
    this.received = 0
  }

  async start(hub) {
    this.on = true
    this.onState("connecting")
    try {
      this.context = new AudioContext({ sampleRate: 24000, latencyHint: "interactive" })
      const module = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }))
      await this.context.audioWorklet.addModule(module)
      URL.revokeObjectURL(module)
      if (!this.on) return this.stop()
      this.node = new AudioWorkletNode(this.context, "ringback-lanes", { outputChannelCount: [2] })
      this.gain = this.context.createGain()
      this.node.connect(this.gain).connect(this.context.destination)
      const address = new URL(hub.url("listen"), window.location.href)
      address.protocol = address.protocol === "https:" ? "wss:" : "ws:"
      this.socket = new WebSocket(address, ["ringback.pcm24k.stereo", hub.tokens.listen])
      this.socket.binaryType = "arraybuffer"
      this.socket.onopen = () => this.on && this.onState("on")
      this.socket.onmessage = ({ data }) => {
        this.received += data.byteLength
        this.node.port.postMessage(new Int16Array(data))
      }
      this.socket.onclose = ({ code }) => {
        if (!this.on) return
        if (code === TOO_OLD) this.renew()
        this.stop("off")
      }
    } catch (error) {
      console.warn("Listening failed", error)
      this.stop("failed")
    }
  }

  volume(value) {
    if (this.gain) this.gain.gain.value = value
  }

  stop(state = "off") {
    this.on = false
    this.socket?.close()
    this.context?.close().catch(() => null)
    this.socket = this.context = this.node = this.gain = null
    this.onState(state)
  }
}
