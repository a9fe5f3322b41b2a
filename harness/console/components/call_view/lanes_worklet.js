/* Both lanes of a running call on one clock, with one delay: runs in the browser's audio thread.
 *
 * This function is handed to the browser as text, to be a module of its own: it uses nothing from
 * outside. It gets pieces as the route `listen` sends them and plays each at its place on the call's
 * clock, so late that the latest of the last seconds would still have come in time. */
function lanesWorklet() {
  const KEPT = 2 ** 17
  const MARGIN = Math.round(0.02 * sampleRate) // kept beyond what was needed
  const MOST = Math.round(0.3 * sampleRate) // more never waits because some pieces came late
  const BACKLOG = Math.round(0.34 * sampleRate) // more waits only if nothing was played for a while
  const GONE = Math.round(0.5 * sampleRate) // a lane that brought nothing in time for so long
  const NEWEST = Math.round(0.04 * sampleRate) // of a long piece, so much is waited for
  const AT_ONCE = Math.round(0.02 * sampleRate)
  const SLACK = Math.round(0.02 * sampleRate)
  const REMEMBERED_S = 12
  const FAINT = 0.002 // about -54 dBFS: what the console takes for silence
  const RISE = 1 / Math.round(0.004 * sampleRate)
  const FALL = 0.9 // from sample to sample: gone in 3 ms
  const NEAR = 0.85 // the caller a little to the left, the agent to the right
  const FAR = 0.45

  const MU_LAW = Float32Array.from({ length: 256 }, (_, code) => {
    const bits = ~code & 0xff
    const size = ((((bits & 0x0f) << 3) + 132) << ((bits & 0x70) >> 4)) - 132
    return (bits & 0x80 ? -size : size) / 32768
  })

  function samplesOf(message, form, count) {
    if (form === 1) return Float32Array.from(new Int16Array(message, 16, count), value => value / 32768)
    if (form === 2) return Float32Array.from(new Uint8Array(message, 16, count), code => MU_LAW[code])
    return new Float32Array(count)
  }

  class Lane {
    constructor() {
      this.kept = new Float32Array(KEPT).fill(NaN) // NaN: it has not come
      this.end = 0
      this.rise = 0
      this.tail = 0
      this.last = 0
      this.missed = 0
      this.cameAt = -Infinity
      this.known = [] // for each second: the latest first sample, the newest last one
    }

    /* Learn how late this lane's pieces come; `late` is for the first of `count` samples. */
    look(late, count) {
      const second = Math.floor(currentFrame / sampleRate)
      if (this.known.at(-1)?.second !== second) this.known.push({ second, latest: -Infinity, newest: Infinity })
      const now = this.known.at(-1)
      now.latest = Math.max(now.latest, late)
      now.newest = Math.min(now.newest, late - count)
      while (this.known[0].second <= second - REMEMBERED_S) this.known.shift()
      this.cameAt = currentFrame
    }

    /* The shift at which its pieces would come in time; no more than MOST of them may wait. */
    get wanted() {
      const latest = Math.max(...this.known.map(known => known.latest))
      const newest = Math.min(...this.known.map(known => known.newest))
      return Math.min(latest + MARGIN, newest + MOST)
    }

    lay(first, samples) {
      if (first - this.end >= KEPT) this.kept.fill(NaN)
      else for (let place = this.end; place < first; place++) this.kept[place % KEPT] = NaN
      for (let i = Math.max(0, this.end - first); i < samples.length; i++) this.kept[(first + i) % KEPT] = samples[i]
      this.end = Math.max(this.end, first + samples.length)
    }

    at(place) {
      return place < this.end && place >= this.end - KEPT ? this.kept[place % KEPT] : NaN
    }

    /* From here on something else follows: what sounds now falls to nothing, that rises. */
    cut() {
      if (!this.rise) return
      this.tail = this.last
      this.rise = 0
    }

    /* The next sample to be heard; an end or a beginning of what there is is never a click. */
    next(value) {
      const there = !Number.isNaN(value)
      if (!there) this.cut()
      this.tail = Math.abs(this.tail) < 1e-6 ? 0 : this.tail * FALL
      if (there) this.rise = Math.min(1, this.rise + RISE)
      this.last = (there ? value * this.rise : 0) + this.tail
      return this.last
    }
  }

  class Lanes extends AudioWorkletProcessor {
    static get parameterDescriptors() {
      return ["caller", "agent"].map(name => ({ name, defaultValue: 1, minValue: 0, maxValue: 2 }))
    }

    constructor() {
      super()
      this.lanes = [new Lane(), new Lane()]
      this.place = null // of the next sample on the call's clock
      this.rest = 0 // samples of silence before it
      this.leaps = 0
      this.toldAt = 0
      this.port.onmessage = ({ data }) => this.take(data)
    }

    /* Samples between a place of the call's clock and the frame at which it is played. */
    get shift() {
      return currentFrame + this.rest - this.place
    }

    /* A lane that stands still is not waited for. */
    get coming() {
      return this.lanes.filter(lane => currentFrame - lane.cameAt <= GONE)
    }

    get wanted() {
      return Math.max(...this.coming.map(lane => lane.wanted))
    }

    /* Samples that have come of both and wait to be played. */
    get held() {
      return Math.min(...this.coming.map(lane => lane.end)) + this.rest - this.place
    }

    take(message) {
      const head = new DataView(message)
      const count = head.getUint32(4, true)
      const first = Number(head.getBigUint64(8, true))
      const lane = this.lanes[head.getUint8(1)]
      lane.lay(first, samplesOf(message, head.getUint8(2), count))
      const late = currentFrame - first
      lane.look(late, count)
      const backlog = this.place !== null && this.held > BACKLOG
      if (backlog || this.place === null) {
        this.leaps += backlog
        this.leaptAt = currentFrame
      }
      // Of what comes at once after a sleep, only the newest is waited for.
      if (currentFrame - this.leaptAt < AT_ONCE) this.begin(lane, late, count)
      else if (late > this.shift) this.tooLate(lane, late, count)
      else lane.missed = 0
    }

    begin(lane, late, count) {
      const left = Math.max(0, count - NEWEST)
      for (const each of this.lanes) Object.assign(each, { known: [], cameAt: -Infinity })
      lane.look(late - left, count - left)
      this.wait(late - left)
    }

    /* A piece that came too late shows how much must be kept back from now on. */
    tooLate(lane, late, count) {
      if (this.wanted > this.shift) this.wait(late)
      if (late <= this.shift) return
      lane.missed += count
      if (lane.missed < GONE) return
      // It is not some pieces that are late: this is how the lane comes now.
      lane.known = []
      lane.look(late, count)
      this.wait(late)
    }

    /* Go back to what came late, as far as may be, and wait there for as long as is wanted. */
    wait(late) {
      const { wanted } = this
      const shift = Math.min(late, wanted)
      this.place = currentFrame - shift
      this.rest = wanted - shift
      for (const each of this.lanes) {
        each.missed = 0
        each.cut()
      }
    }

    /* More is kept back than is needed: it is made up for where nobody speaks. */
    catchUp() {
      if (this.rest || !this.coming.length) return
      const { wanted } = this
      if (this.shift - wanted <= SLACK) return
      const faint = lane => !(Math.abs(lane.at(this.place)) > FAINT)
      while (this.shift > wanted && this.lanes.every(faint)) this.place += 1
    }

    process(_, [[left, right]], { caller, agent }) {
      if (this.place === null) return true
      this.catchUp()
      const [one, two] = this.lanes
      for (let i = 0; i < left.length; i++) {
        const quiet = this.rest > 0
        const says = one.next(quiet ? NaN : one.at(this.place)) * (caller[i] ?? caller[0])
        const answers = two.next(quiet ? NaN : two.at(this.place)) * (agent[i] ?? agent[0])
        left[i] = NEAR * says + FAR * answers
        right[i] = FAR * says + NEAR * answers
        if (quiet) this.rest -= 1
        else this.place += 1
      }
      if (currentFrame - this.toldAt >= sampleRate / 4) {
        this.toldAt = currentFrame
        // The frame that comes next is `left.length` on, as is the place.
        const shift = this.shift + left.length
        this.port.postMessage({ shift, held: this.coming.length ? this.held : 0, leaps: this.leaps })
      }
      return true
    }
  }
  registerProcessor("ringback-lanes", Lanes)
}
