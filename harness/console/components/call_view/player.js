/* The one player of a stored call and browser tab: sound, place, part and speed, shared by all
 * components that show the call. */

const RATES = [1, 1.25, 1.5, 2]
const TOLD_EVERY_MS = 100
/* Sound before and after a stretch that is played alone, seconds. */
const AROUND_S = 0.3

class Player {
  constructor(callId) {
    this.callId = callId
    this.listeners = new Set()
    this.tokens = {}
    this.base = ""
    this.view = null
    this.turns = []
    this.marks = []
    this.at = 0
    this.turn = null
    this.part = null
    this.rate = 1
    this.audio = null
    this.until = null
    this.lookFrom = -Infinity
    this.broken = false
    this.toldAt = -Infinity
  }

  /* Listeners get the kind of news: view, marks, moved, turn, playing, rate, part, expired; and
   * "chosen" when a person went somewhere. */
  subscribe(listener) {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
      if (!this.listeners.size) {
        this.silence()
        const players = window.__ringbackPlayers
        if (players.get(this.callId) === this) players.delete(this.callId)
      }
    }
  }

  tell(kind) {
    for (const listener of [...this.listeners]) listener(kind)
  }

  connect(tokens, base) {
    const fresh = tokens.recording !== this.tokens.recording
    this.tokens = tokens
    this.base = base || ""
    if (!this.expired || !fresh) return
    this.expired = false
    if (this.resume) this.play()
  }

  load(view) {
    this.view = view
    this.turns = sortTurns([...view.turns])
    this.at = Math.min(this.at, this.length)
    this.look()
    this.tell("view")
  }

  mark(marks) {
    this.marks = marks
    this.tell("marks")
  }

  route(action) {
    return `${this.base}/ringback/calls/${encodeURIComponent(this.callId)}/${action}`
  }

  get playable() {
    return Boolean(this.view?.has_recording && this.tokens.recording && !this.broken)
  }

  get playing() {
    return Boolean(this.audio && !this.audio.paused)
  }

  get length() {
    return this.view?.t ?? 0
  }

  /* --- where */

  numbered() {
    return this.turns.filter(turn => turn.outcome !== "spurious")
  }

  /* The last turn that has begun at `t`; before that the first one. */
  turnAt(t) {
    const turns = this.numbered()
    return turns.findLast(turn => startOf(turn) <= t + 0.01) ?? turns[0] ?? null
  }

  look(turn = this.turnAt(this.at)) {
    const other = turn?.index !== this.turn?.index
    this.turn = turn
    if (other) this.tell("turn")
  }

  seek(t, { turn } = {}) {
    this.until = null
    this.lookFrom = -Infinity
    // The call may come after its place.
    this.at = Math.min(Math.max(0, t), this.view ? this.length : t)
    if (this.audio) this.audio.currentTime = this.at
    this.look(turn ?? this.turnAt(this.at))
    this.moved(true)
  }

  /* A person chose a second, a turn: what they may play next is made ready. */
  choose(t, turn) {
    this.seek(t, { turn })
    if (this.playable) this.sound()
    this.tell("chosen")
  }

  /* Something was said or done at `t`: play from a little before it. */
  hear(t) {
    if (!this.playable) return
    this.choose(t - AROUND_S, this.turnAt(t))
    this.lookFrom = t
    this.play()
  }

  step(by) {
    const turns = this.numbered()
    const now = turns.findIndex(turn => turn.index === this.turn?.index)
    const next = turns[Math.min(turns.length - 1, Math.max(0, now + by))]
    if (next) this.choose(startOf(next), next)
  }

  failures() {
    return this.marks.filter(mark => mark.kind === "check" && mark.failed)
  }

  /* The first failed check after the place, and after the last the first again. */
  nextFailure() {
    const found = this.failures()
    const next = found.find(mark => mark.t > this.at + 0.05) ?? found[0]
    if (next) this.choose(next.t, this.turns.find(turn => turn.index === next.turn))
  }

  /* --- the part of the call that is looked at: [from, to] in seconds, or null for all of it */

  show(part) {
    if (JSON.stringify(part) === JSON.stringify(this.part)) return
    this.part = part
    if (this.lookFrom < Infinity) this.until = null
    this.tell("part")
  }

  /* --- sound */

  sound() {
    if (this.audio) return this.audio
    const audio = new Audio()
    audio.preload = "metadata"
    audio.src = `${this.route("recording")}?token=${encodeURIComponent(this.tokens.recording)}`
    audio.currentTime = this.at
    audio.playbackRate = this.rate
    audio.addEventListener("timeupdate", () => this.follow())
    audio.addEventListener("play", () => {
      this.tell("playing")
      this.frame()
    })
    for (const news of ["pause", "ended"])
      audio.addEventListener(news, () => {
        this.moved(true)
        this.tell("playing")
      })
    audio.addEventListener("loadedmetadata", () => (this.refused = false))
    audio.addEventListener("error", () => this.failed())
    this.audio = audio
    return audio
  }

  /* The page may have been open for longer than its permission: another is asked for, once. */
  failed() {
    this.resume = this.wanted
    this.silence()
    if (this.refused) {
      this.broken = true
      return this.tell("playing")
    }
    this.refused = this.expired = true
    this.tell("expired")
  }

  silence() {
    this.wanted = false
    this.audio?.pause()
    this.audio?.removeAttribute("src")
    this.audio = null
    this.tell("playing")
  }

  play() {
    if (!this.playable) return
    const audio = this.sound()
    this.wanted = true
    this.resume = false
    if (this.at >= this.length - 0.05) this.at = audio.currentTime = 0
    // Within a part that is looked at, that alone; at its end, it once more.
    if (this.until === null && this.part) {
      const [from, to] = this.part
      if (Math.abs(this.at - to) < 0.05) this.seek(from)
      if (this.at >= from && this.at < to) this.until = to
    }
    audio.play().catch(() => null)
  }

  pause() {
    this.until = null
    this.lookFrom = -Infinity
    this.wanted = false
    this.audio?.pause()
  }

  toggle() {
    if (this.playing) this.pause()
    else this.play()
  }

  /* A stretch alone, with a little around it. */
  playSpan(from, to) {
    if (!this.playable) return
    this.seek(from - AROUND_S, { turn: this.turn })
    this.until = to + AROUND_S
    this.lookFrom = Infinity
    this.play()
  }

  playTurn() {
    const span = this.turn && spanOf(this.turn)
    if (span) this.playSpan(...span)
  }

  playWait() {
    const span = this.turn && waitOf(this.turn)
    if (span) this.playSpan(...span)
  }

  faster() {
    this.rate = RATES[(RATES.indexOf(this.rate) + 1) % RATES.length]
    if (this.audio) this.audio.playbackRate = this.rate
    this.tell("rate")
  }

  /* The media clock tells its place four times a second: look at each frame. */
  frame() {
    if (!this.playing) return
    this.follow()
    requestAnimationFrame(() => this.frame())
  }

  follow() {
    const audio = this.audio
    if (!this.playing || audio.seeking) return
    if (this.until !== null && audio.currentTime >= this.until) {
      const end = this.until
      this.pause()
      this.at = end
      return this.moved(true)
    }
    if (audio.currentTime === this.at) return
    this.at = audio.currentTime
    // A turn that is played stays the chosen one while what is around it is heard.
    if (this.at >= this.lookFrom) this.look()
    this.moved(false)
  }

  moved(now) {
    this.tell("moved")
    if (!now && performance.now() - this.toldAt < TOLD_EVERY_MS) return
    this.toldAt = performance.now()
    const detail = { call_id: this.callId, t: this.at, turn: this.turn?.index ?? null, playing: this.playing }
    window.dispatchEvent(new CustomEvent("ringback-at", { detail }))
  }
}

/* All that is heard of a turn; null if nothing is. */
function spanOf(turn) {
  const spans = [...(turn.caller ? [turn.caller] : []), ...turn.agent]
  if (!spans.length) return null
  const ends = spans.map(span => span.end ?? span.start)
  if (turn.outcome === "no_answer" && turn.caller?.end != null) ends.push(turn.caller.end + (turn.waited_s ?? 0))
  return [Math.min(...spans.map(span => span.start)), Math.max(...ends)]
}

/* From the caller's last sound to the agent's first; null if the caller did not wait. */
function waitOf(turn) {
  const from = turn.caller?.end
  if (from == null || turn.outcome === "spurious") return null
  const to = turn.outcome === "no_answer" ? from + (turn.waited_s ?? 0) : turn.agent[0]?.start
  return to != null && to > from ? [from, to] : null
}

function playerOf(callId) {
  const players = (window.__ringbackPlayers ??= new Map())
  if (!players.has(callId)) players.set(callId, new Player(callId))
  return players.get(callId)
}
