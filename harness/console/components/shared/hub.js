/* One event stream per call and browser tab, shared by all components that show the call.
 *
 * The stream is server-sent events read with fetch: unlike EventSource it can send the token in a
 * header (it never stands in an address), see why it was refused, and resume where it was. */

const RETRY_MS = [400, 800, 1600, 3000, 5000]
const SILENCE_MS = 25000 // the server sends at least a comment every 10 s
const HIDDEN_MS = 1500

class CallHub {
  constructor(callId) {
    this.callId = callId
    this.listeners = new Set()
    this.tokens = {}
    this.base = ""
    this.status = "idle" // idle, connecting, open, lost, hidden, ended, expired, refused
    this.error = null
    this.view = null
    this.turns = new Map()
    this.people = [] // {name, holds, asks}: who has the caller's side, then who asks for it
    this.present = [] // {name, you, holds, asks, listens}: who is at the call, if not only this page
    this.lanes = { caller: [], agent: [] }
    this.rate = 50
    this.seq = 0
    this.anchor = null
    this.tries = 0
    this.connections = 0
    this.onVisible = () => this.visibility()
  }

  /* Listeners get the kind of news: view, peaks, people, status. */
  subscribe(listener, tokens, base) {
    this.renew(tokens, base)
    this.listeners.add(listener)
    if (this.listeners.size === 1) {
      document.addEventListener("visibilitychange", this.onVisible)
      if (this.status === "idle") this.visibility()
    }
    return () => {
      this.listeners.delete(listener)
      if (this.listeners.size === 0) {
        document.removeEventListener("visibilitychange", this.onVisible)
        this.close("idle")
      }
    }
  }

  renew(tokens, base) {
    this.tokens = tokens || {}
    this.base = base || ""
    if (this.status === "expired") this.connect()
  }

  url(action) {
    return `${this.base}/ringback/calls/${encodeURIComponent(this.callId)}/${action}`
  }

  now() {
    if (!this.anchor) return 0
    if (!this.running()) return this.anchor.t
    return this.anchor.t + (performance.now() - this.anchor.at) / 1000
  }

  running() {
    return Boolean(this.view) && !isFinal(this.view.state) && this.status !== "ended"
  }

  sorted() {
    return sortTurns([...this.turns.values()])
  }

  visibility() {
    clearTimeout(this.hiding)
    if (this.status === "ended" || this.status === "refused") return
    if (document.hidden) this.hiding = setTimeout(() => this.close("hidden"), HIDDEN_MS)
    else if (this.status !== "open" && this.status !== "connecting") this.connect()
  }

  close(status) {
    clearTimeout(this.retry)
    clearTimeout(this.watch)
    this.abort?.abort()
    this.abort = null
    if (this.status !== "ended") this.say(status)
  }

  say(status, error = null) {
    this.status = status
    this.error = error
    this.tell("status")
  }

  tell(kind) {
    for (const listener of [...this.listeners]) listener(kind)
  }

  async connect() {
    clearTimeout(this.retry)
    this.abort?.abort()
    const abort = new AbortController()
    this.abort = abort
    this.connections += 1
    if (this.status !== "lost") this.say("connecting")
    let alive = () => {
      clearTimeout(this.watch)
      this.watch = setTimeout(() => abort.abort(), SILENCE_MS)
    }
    try {
      alive()
      const { id, name } = me()
      const headers = { Authorization: `Bearer ${this.tokens.events}`, "Ringback-Page": id }
      if (name) headers["Ringback-Name"] = encodeURIComponent(name)
      if (this.seq) headers["Last-Event-ID"] = String(this.seq)
      const answer = await fetch(this.url("events"), {
        headers,
        signal: abort.signal,
        cache: "no-store",
      })
      if (!answer.ok) {
        const error = (await answer.json().catch(() => ({}))).error
        clearTimeout(this.watch)
        if (answer.status === 401 || answer.status === 403) return this.say("expired", error)
        if (answer.status === 404) return this.say("refused", error)
        throw new Error(`status ${answer.status}`)
      }
      this.tries = 0
      this.people = this.present = [] // a stream tells of them if there are any
      this.say("open")
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
      let rest = ""
      for (;;) {
        const { value, done } = await reader.read()
        if (done) break
        alive()
        const parts = (rest + value).split("\n\n")
        rest = parts.pop()
        for (const part of parts) this.take(part)
        if (this.status === "ended") return
      }
      throw new Error("the stream ended")
    } catch (error) {
      clearTimeout(this.watch)
      if (this.abort !== abort) return // closed on purpose, or replaced
      const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)]
      this.tries += 1
      this.say("lost")
      this.retry = setTimeout(() => this.connect(), wait)
    }
  }

  take(part) {
    const data = part
      .split("\n")
      .filter(line => line.startsWith("data:"))
      .map(line => line.slice(5).trimStart())
      .join("\n")
    if (!data) return
    const item = JSON.parse(data)
    if (item.type === "view") {
      this.seq = item.seq
      this.view = item.view
      this.anchor = { t: item.view.t, at: performance.now() }
      for (const turn of item.turns) putTurn(this.turns, turn)
      this.tell("view")
    } else if (item.type === "peaks") {
      const lane = this.lanes[item.lane]
      this.rate = item.rate
      for (let i = lane.length; i < item.first; i++) lane[i] = 0
      for (let i = 0; i < item.values.length; i++) lane[item.first + i] = item.values[i]
      this.tell("peaks")
    } else if (item.type === "people") {
      this.people = item.people
      this.tell("people")
    } else if (item.type === "present") {
      this.present = item.people
      this.tell("people")
    } else if (item.type === "tokens") {
      this.tokens = item.tokens
    } else if (item.type === "end") {
      clearTimeout(this.watch)
      this.people = this.present = []
      this.say("ended")
    }
  }

  /* POST an action, by the token for it or for another; throws an Error with the server's words. */
  async post(action, body, may = action) {
    const answer = await fetch(this.url(action), {
      method: "POST",
      headers: {
        Authorization: `Bearer ${this.tokens[may]}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify(body || {}),
    }).catch(() => null)
    if (answer?.ok) return
    const told = answer ? (await answer.json().catch(() => ({}))).error : null
    throw new Error(
      told
        ? [told.message, told.cause, told.remedy].filter(Boolean).join(" ")
        : "The console does not answer. Check that it is running, then try again."
    )
  }
}

function hubOf(callId) {
  const hubs = (window.__ringbackHubs ??= new Map())
  if (!hubs.has(callId)) hubs.set(callId, new CallHub(callId))
  return hubs.get(callId)
}

const FINAL = ["done", "failed", "cancelled", "lost"]
const isFinal = state => FINAL.includes(state)

/* A turn without a line of the caller (the greeting, a reply nobody asked for) may share its index
 * with another: there its first sound tells it apart. */
function putTurn(turns, turn) {
  const start = turn.agent[0]?.start
  if (turn.caller) turns.set(`${turn.index}`, turn)
  else if (start == null) turns.set(`${turn.index}@`, turn)
  else {
    turns.delete(`${turn.index}@`)
    turns.set(`${turn.index}@${start}`, turn)
  }
}

const startOf = turn => turn.caller?.start ?? turn.agent[0]?.start ?? 0
const sortTurns = turns => turns.sort((a, b) => startOf(a) - startOf(b) || a.index - b.index)
