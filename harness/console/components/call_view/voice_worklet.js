/* A microphone as the route `speak` takes it, made in the browser's audio thread.
 *
 * This function is handed to the browser as text, to be a module of its own: it uses nothing from
 * outside. It brings the device's rate to 24 kHz and gives pieces of 20 ms, each with room for the
 * route's 16 bytes before its samples. While it is muted its count goes on and no piece has samples. */
function voiceWorklet() {
  const RATE = 24000
  const PIECE = RATE / 50
  const HEAD = 16
  const LOBES = 16 // of the sinc on each side
  const STEPS = 256 // values of the filter a lobe; between them it is drawn straight
  const BAND = 0.92 // of half the lower rate: what is above would come back as another tone

  class Voice extends AudioWorkletProcessor {
    constructor({ processorOptions: { first, muted } }) {
      super()
      this.first = first
      this.muted = muted
      this.step = sampleRate / RATE // samples of the device for one of ours
      this.band = BAND * Math.min(1, RATE / sampleRate)
      this.half = Math.ceil(LOBES / this.band)
      this.filter = this.windowed()
      this.kept = new Float32Array(2 * this.half + 4096)
      this.filled = this.half // silence came before
      this.at = this.half
      this.begin()
      this.port.onmessage = ({ data }) => (this.muted = data.muted)
    }

    /* Half of a sinc under a Blackman window, by the distance in lobes. */
    windowed() {
      const values = new Float32Array(LOBES * STEPS + 2)
      for (let i = 0; i < LOBES * STEPS; i++) {
        const x = i / STEPS
        const turn = (Math.PI * x) / LOBES
        const sinc = x ? Math.sin(Math.PI * x) / (Math.PI * x) : 1
        values[i] = this.band * sinc * (0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn))
      }
      return values
    }

    begin() {
      this.piece = new ArrayBuffer(HEAD + 2 * PIECE)
      this.samples = new Int16Array(this.piece, HEAD)
      this.count = 0
      this.power = 0
    }

    process([channels]) {
      const length = channels[0]?.length ?? 128 // a device that gives nothing is silent
      for (let i = 0; i < length; i++) {
        let sum = 0
        for (const channel of channels) sum += channel[i]
        this.kept[this.filled + i] = channels.length ? sum / channels.length : 0
      }
      this.filled += length
      for (; this.at + this.half < this.filled; this.at += this.step) this.give(this.sample(this.at))
      const spent = Math.floor(this.at) - this.half
      this.kept.copyWithin(0, spent, this.filled)
      this.filled -= spent
      this.at -= spent
      return true
    }

    sample(at) {
      const middle = Math.floor(at)
      let sum = 0
      for (let i = middle - this.half + 1; i <= middle + this.half; i++) {
        const place = Math.abs(at - i) * this.band * STEPS
        if (place >= LOBES * STEPS) continue
        const below = Math.floor(place)
        const value = this.filter[below] + (place - below) * (this.filter[below + 1] - this.filter[below])
        sum += this.kept[i] * value
      }
      return sum
    }

    give(value) {
      const sample = Math.max(-1, Math.min(1, value))
      this.samples[this.count++] = Math.round(32767 * sample)
      this.power += sample * sample
      if (this.count < PIECE) return
      const told = { first: this.first, level: Math.sqrt(this.power / PIECE), piece: this.muted ? null : this.piece }
      this.port.postMessage(told, told.piece ? [told.piece] : [])
      this.first += PIECE
      this.begin()
    }
  }
  registerProcessor("ringback-voice", Voice)
}
