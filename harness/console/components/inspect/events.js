/* The event log of a call that has ended: only the rows in sight are in the page, the rest comes by
 * route, some hundred at a time. */

const lists = new WeakMap()
const ROW_PX = 26
const PAGE = 500
const SPARE = 12

class EventList {
  constructor(parent, callId) {
    this.callId = callId
    this.rows = []
    this.total = 0
    this.now = -1
    this.chosen = -1
    this.find = el("input", {
      type: "text",
      placeholder: "Kind or text",
      "aria-label": "Find events by kind or text",
      autocomplete: "off",
      oninput: () => {
        clearTimeout(this.typing)
        this.typing = setTimeout(() => this.load(), 200)
      },
    })
    this.count = el("span", { class: "count", role: "status" })
    this.space = el("div", { class: "space" })
    this.box = el("div", { class: "events", role: "listbox", tabindex: "0", "aria-label": "Events of the call in order" }, this.space)
    this.detail = el("div", { class: "detail", hidden: true })
    this.root = el("section", { class: "rb el", "aria-label": "Events" },
      el("div", { class: "top" }, this.find, this.count), this.box, this.detail)
    this.box.addEventListener("scroll", () => this.later())
    this.box.addEventListener("keydown", event => this.key(event))
    this.sizes = new ResizeObserver(() => this.later())
    this.sizes.observe(this.box)
    this.onAt = ({ detail }) => detail.call_id === this.callId && this.follow(detail.t)
    window.addEventListener("ringback-at", this.onAt)
    parent.append(this.root)
  }

  update(data) {
    this.data = data
    this.root.style.height = `${data.height}px`
    const asked = JSON.stringify([data.part, data.kinds])
    if (asked !== this.asked || this.stale) {
      this.asked = asked
      this.load()
    }
  }

  /* --- rows from the server */

  async load() {
    const { data } = this
    const words = this.find.value.trim()
    const run = (this.run = {})
    const found = []
    this.stale = false
    this.box.setAttribute("aria-busy", "true")
    for (let after = 0; after !== null; ) {
      const asked = new URLSearchParams({ limit: String(PAGE) })
      if (after) asked.set("after", String(after))
      if (words) asked.set("find", words)
      if (data.kinds.length) asked.set("kinds", data.kinds.join(","))
      if (data.part) {
        asked.set("from", String(data.part[0]))
        asked.set("to", String(data.part[1]))
      }
      const address = `${data.base || ""}/ringback/calls/${encodeURIComponent(this.callId)}/log?${asked}`
      const answer = await fetch(address, { headers: { Authorization: `Bearer ${data.token}` } }).catch(() => null)
      if (run !== this.run) return
      if (!answer?.ok) {
        this.stale = true
        if (answer?.status === 401 || answer?.status === 403) this.trigger("renew", Date.now())
        else put(this.count, "The console does not answer")
        return
      }
      const page = await answer.json()
      if (run !== this.run) return
      const first = !found.length
      found.push(...page.rows)
      after = page.next ?? null
      Object.assign(this, { rows: found, total: page.total })
      if (first) {
        this.chosen = this.now = -1
        this.box.scrollTop = 0
        this.tell(words)
      }
      if (after === null) this.box.setAttribute("aria-busy", "false")
      this.follow(this.at ?? window.__ringbackPlayers?.get(this.callId)?.at ?? 0)
      this.draw()
    }
  }

  tell(words) {
    const { part, kinds, all } = this.data
    const where = part ? ` in ${clockText(part[0])}–${clockText(Math.ceil(part[1]))}` : ""
    put(this.count, words || part || kinds.length ? `${this.total} of ${all} events${where}` : `${this.total} events`)
  }

  /* --- the place in the call */

  follow(t) {
    this.at = t
    let low = 0
    let high = this.rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.rows[middle][1] <= t + 0.001) low = middle + 1
      else high = middle
    }
    if (low - 1 === this.now) return
    this.now = low - 1
    // Whoever reads in the list is left where they are.
    if (!this.box.matches(":hover, :focus")) this.keep(this.now)
    this.later()
  }

  keep(i) {
    if (i < 0) return
    const top = i * ROW_PX
    const { scrollTop, clientHeight } = this.box
    if (top < scrollTop) this.box.scrollTop = top
    else if (top + ROW_PX > scrollTop + clientHeight) this.box.scrollTop = top + ROW_PX - clientHeight
  }

  choose(i) {
    const row = this.rows[i]
    if (!row) return
    this.chosen = i
    this.detail.hidden = false
    fill(this.detail, el("b", { text: `${timeText(row[1])} ${row[2]}` }), ` ${row[3]}`)
    this.keep(i)
    playerOf(this.callId).choose(row[1])
    this.draw()
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW_PX) - 1)
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[event.key]
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey || !this.rows.length) return
    event.preventDefault()
    event.stopPropagation()
    const from = this.chosen >= 0 ? this.chosen : this.now
    this.choose(Math.max(0, Math.min(this.rows.length - 1, from + by)))
  }

  /* --- drawing */

  later() {
    this.request ??= requestAnimationFrame(() => this.draw())
  }

  draw() {
    cancelAnimationFrame(this.request)
    this.request = null
    this.space.style.height = `${this.total * ROW_PX}px`
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW_PX) - SPARE)
    const last = Math.min(this.rows.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW_PX) + SPARE)
    const nodes = []
    for (let i = first; i < last; i++) nodes.push(this.row(i))
    this.space.replaceChildren(...nodes)
    const chosen = this.chosen >= first && this.chosen < last ? `event-${this.chosen}` : ""
    if (chosen) this.box.setAttribute("aria-activedescendant", chosen)
    else this.box.removeAttribute("aria-activedescendant")
  }

  row(i) {
    const [, t, kind, text] = this.rows[i]
    const node = el(
      "div",
      {
        id: `event-${i}`,
        class: `row${i === this.now ? " now" : ""}${i === this.chosen ? " chosen" : ""}`,
        role: "option",
        "aria-selected": String(i === this.chosen),
        "aria-setsize": String(this.total),
        "aria-posinset": String(i + 1),
        onclick: () => this.choose(i),
      },
      el("time", { class: "num", text: timeText(t) }),
      el("code", { text: kind }),
      el("span", { text })
    )
    node.style.top = `${i * ROW_PX}px`
    return node
  }

  destroy() {
    this.run = null
    window.removeEventListener("ringback-at", this.onAt)
    this.sizes.disconnect()
    clearTimeout(this.typing)
    cancelAnimationFrame(this.request)
    this.root.remove()
  }
}

const timeText = t => `${clockText(t)}.${String(Math.floor((t % 1) * 100 + 1e-6)).padStart(2, "0")}`

export default function ({ data, parentElement, setTriggerValue }) {
  let list = lists.get(parentElement)
  if (list && list.callId !== data.call_id) {
    list.destroy()
    list = null
  }
  if (!list) lists.set(parentElement, (list = new EventList(parentElement, data.call_id)))
  list.trigger = (...news) => oncePageIsOpen(parentElement, () => setTriggerValue(...news))
  list.update(data)
  return () => {
    list.destroy()
    lists.delete(parentElement)
  }
}
