const STATES = {
  queued: ["schedule", "Getting ready"],
  starting: ["hourglass_empty", "Starting"],
  ringing: ["ring_volume", "Ringing"],
  ending: ["call_end", "Ending"],
  done: ["check", "Ended"],
  failed: ["error", "Not carried through"],
  cancelled: ["call_end", "Cancelled"],
  lost: ["error", "Lost"],
}

const bars = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  let bar = bars.get(parentElement)
  if (!bar) {
    bar = new StatusBar(parentElement, data.titles)
    bars.set(parentElement, bar)
  }
  bar.trigger = (...news) => oncePageIsOpen(parentElement, () => setTriggerValue(...news))
  bar.update(data)
  return () => {
    bar.destroy()
    bars.delete(parentElement)
  }
}

class StatusBar {
  constructor(parent, titles) {
    this.state = el("span", { class: "badge state", role: "status" })
    this.agent = el("b")
    this.scenario = el("span")
    const metric = (label, tip, extra = "") => {
      const value = el("span")
      const small = el("small")
      const head = el("div", { class: "l" }, label)
      if (tip)
        head.append(
          el(
            "button",
            { class: "help", type: "button", "aria-label": `About ${label}: ${tip}` },
            icon("help"),
            el("span", { class: "tip", "aria-hidden": "true", text: tip })
          )
        )
      const node = el(
        "div",
        { class: `metric ${extra}` },
        head,
        el("div", { class: "v" }, value, " ", small)
      )
      return { node, value, small }
    }
    this.elapsed = metric("Elapsed", null, "elapsed")
    this.turns = metric("Turns", null, "turns")
    this.p50 = metric(...titles.response_latency_p50, "wait")
    this.p95 = metric(...titles.response_latency_p95, "wait")
    this.checks = metric("Checks so far")
    this.verdict = el("span", { class: "badge verdict", role: "status" })
    this.note = el("span", { class: "note", role: "status" })
    this.open = el("a", { class: "btn", hidden: true }, icon("call"), "Open call")
    this.hang = el(
      "button",
      { class: "btn danger", type: "button", hidden: true, onclick: () => this.hangUp() },
      icon("call_end"),
      "Hang up"
    )
    this.root = el(
      "section",
      { class: "rb bar", "aria-label": "Call status" },
      this.state,
      el("div", { class: "what" }, this.agent, this.scenario),
      el(
        "div",
        { class: "figures" },
        this.elapsed.node,
        this.turns.node,
        this.p50.node,
        this.p95.node,
        this.checks.node
      ),
      el("span", { class: "push" }),
      this.note,
      this.verdict,
      this.open,
      this.hang
    )
    this.hold = el("div", { class: "hold" }, this.root)
    parent.append(this.hold)
  }

  update(data) {
    this.data = data
    this.root.classList.toggle("away", Boolean(data.link))
    this.open.hidden = !data.link
    if (data.link) this.open.href = data.link
    this.hang.hidden = !data.hang_up
    if (data.view) {
      this.unsubscribe?.()
      this.unsubscribe = null
      clearInterval(this.ticking)
      this.hub = null
      this.draw(data.view, data.view.turns)
      return
    }
    const hub = hubOf(data.call_id)
    if (this.hub === hub) return hub.renew(data.tokens, data.base)
    this.unsubscribe?.()
    this.hub = hub
    this.unsubscribe = hub.subscribe(kind => this.news(kind), data.tokens, data.base)
    clearInterval(this.ticking)
    this.ticking = setInterval(() => this.tick(), 250)
    this.news("view")
    this.news("status") // it may have ended while the page was changing
  }

  news(kind) {
    const hub = this.hub
    if (!hub) return
    if ((kind === "view" || kind === "people") && hub.view) this.draw(hub.view, hub.sorted())
    if (kind !== "status") return
    this.note.textContent =
      hub.status === "lost" ? "Reconnecting…" : hub.status === "refused" ? "Call not found" : ""
    if (hub.status === "ended" && this.data.hang_up) this.trigger("ended", hub.callId)
    if (hub.status === "expired" && this.data.hang_up) this.trigger("renew", Date.now())
  }

  tick() {
    if (this.hub?.running() && this.hub.view.state !== "queued") put(this.elapsed.value, clockText(this.hub.now()))
  }

  draw(view, turns) {
    const live = view.state === "live"
    const final = isFinal(view.state)
    this.state.className = `badge state ${live ? "live" : view.state === "failed" || view.state === "lost" ? "fail" : ""}`
    const [sign, word] = STATES[view.state] || ["", "Live"]
    if (this.state.dataset.state !== view.state) {
      this.state.dataset.state = view.state
      this.state.replaceChildren(live ? el("span", { class: "dot" }) : icon(sign), word)
    }
    put(this.agent, view.agent_title)
    const doing = !live
      ? null
      : view.speaking.includes("agent") && view.speaking.includes("caller")
        ? "both are speaking"
        : view.speaking.includes("agent")
          ? "agent is speaking"
          : view.speaking.includes("caller")
            ? "caller is speaking"
            : "waiting"
    const holder = this.hub?.people.find(one => one.holds)
    const title = holder && !final ? `${holder.name} has the call` : view.scenario_title || "No script"
    put(this.scenario, [title, doing].filter(Boolean).join(" · "))
    put(this.elapsed.node.querySelector(".l"), final ? "Length" : "Elapsed")
    put(this.elapsed.value, clockText(final ? view.t : (this.hub?.now() ?? view.t)))
    const numbered = turns.filter(turn => turn.index > 0 && turn.outcome !== "spurious")
    const silent = turns.filter(turn => turn.outcome === "no_answer").length
    put(this.turns.value, String(numbered.length))
    put(this.turns.small, silent ? `${silent} no answer` : "")
    const figure = key => view.metrics.find(metric => metric.key === key)
    const p50 = figure("response_latency_p50")
    const p95 = figure("response_latency_p95")
    put(this.p50.value, secondsText(p50?.value))
    const replies = p50 ? p50.n + p50.left_out : 0
    const of = p50?.left_out ? `${p50.n} of ` : ""
    put(this.p50.small, replies ? `${of}${replies} ${replies === 1 ? "reply" : "replies"}` : "")
    this.p50.small.title = of ? `${p50.left_out} left out: this computer spoiled their timing` : ""
    put(this.p95.value, secondsText(p95?.value))
    // As among the figures: grey where there are too few replies to rely on.
    const thin = metric => metric?.value != null && metric.n < this.data.grey_below[metric.key]
    const few = metric => (thin(metric) ? `n = ${metric.n}: too few to rely on` : "")
    this.p50.value.className = thin(p50) ? "thin" : ""
    this.p95.value.className = p95?.value > view.budget_s ? "over" : thin(p95) ? "thin" : ""
    this.p50.value.title = few(p50)
    this.p95.value.title = few(p95)
    put(this.p95.small, `budget ${view.budget_s.toFixed(1)} s`)
    // What another check says too is left to it, as in the list of checks.
    const checks = view.checks.filter(check => !(check.name in view.implied))
    const count = verdict => checks.filter(check => check.verdict === verdict).length
    put(this.checks.node.querySelector(".l"), final ? "Checks" : "Checks so far")
    put(this.checks.value, checks.length ? String(count("met")) : "–")
    put(this.checks.small, checks.length ? `of ${checks.length} met` : view.hidden ? "hidden" : "none asked")
    const failed = count("not_met")
    const many = `${failed} check${failed === 1 ? "" : "s"}`
    let [kind, mark, text] = ["", "pending", "No verdict yet"]
    if (view.hidden) [mark, text] = ["visibility_off", "Verdict hidden"]
    else if (final) {
      if (view.verdict === "passed") [kind, mark, text] = ["pass", "check", "Passed"]
      else if (view.verdict === "failed")
        [kind, mark, text] = ["fail", "cancel", failed ? `Failed, ${many}` : "Failed"]
      else {
        const open = checks.filter(check => check.required && check.verdict !== "met").length
        const why = open ? `, ${open} check${open === 1 ? "" : "s"} undecided` : ""
        ;[kind, mark, text] = ["", "radio_button_unchecked", `Not run${why}`]
      }
    } else if (failed) [kind, mark, text] = ["fail", "cancel", `Failing, ${many}`]
    else if (!checks.length) text = ""
    else if (count("met")) [kind, mark, text] = ["", "check", "No failures so far"]
    this.verdict.hidden = !text
    this.verdict.className = `badge verdict ${kind}`
    if (this.verdict.dataset.text !== text) {
      this.verdict.dataset.text = text
      this.verdict.replaceChildren(icon(mark), text)
    }
    this.hang.hidden = !this.data.hang_up || final
  }

  async hangUp() {
    this.hang.disabled = true
    try {
      await this.hub.post("hangup")
    } catch (error) {
      this.note.textContent = error.message
      this.hang.disabled = false
    }
  }

  destroy() {
    clearInterval(this.ticking)
    this.unsubscribe?.()
    this.hold.remove()
  }
}
