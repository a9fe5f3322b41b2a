/* The transcript: bubbles, latency chips, tool calls. Rows are kept by turn and changed in place. */

const OUTCOMES = {
  answered: ["check", "Answered", ""],
  interrupted: ["call_split", "Caller cut in", ""],
  talked_over: ["call_merge", "Talk-over", "warn"],
  spurious: ["question_mark", "Nobody asked", ""],
}
const TIPS = {
  heard: "From the caller's last sound to the agent's first sound, measured in the audio the caller hears.",
  reported: "What the agent says its reply time was. It leaves out silence at the start of its speech, and the network.",
  told: {
    rtvi: "By two RTVI messages of the agent. The observer in the bot would tell it more truly.",
    observer: "By the observer in the bot.",
  },
  answer: "From the caller's last sound to the answer itself. What came before it only filled the wait.",
  stop: "How long the agent talked on after the caller had cut in.",
  overlap: "How long both spoke at once.",
  stages: "What the heard latency was spent on",
  backchannel: "A short sound of the agent while the caller spoke, such as “mm-hm”. It interrupts nothing.",
  gap: "Heard minus bot-reported: waiting the agent does not know about.",
  none: {
    spoke_again: "The caller had to speak again before the agent made any sound.",
    call_over: "The call ended before the agent made any sound.",
    agent_left: "The agent left before it made any sound.",
    agent_crashed: "The agent crashed before it made any sound.",
  },
  unknown: "The agent was heard, and nothing told its words.",
  talked_over: "Both speak at the same time.",
  source: {
    rtvi: "The agent's words as the agent itself reports them (RTVI).",
    "lk.transcription": "The agent's words from the room's transcription (lk.transcription).",
    stt: "The agent's words as our own recogniser heard them: they may be misheard.",
  },
}
const TELLERS = { rtvi: "RTVI", observer: "observer", statistics: "statistics", remainder: "" }
/* A barge-in to which the agent gives way within this time is counted as such. */
const GIVES_WAY_S = 2
const SOURCES = { rtvi: "RTVI", "lk.transcription": "lk.transcription", stt: "our recogniser" }

const WHO_ENDED = {
  caller: "The caller hung up",
  agent: "The agent hung up",
  person: "You hung up",
  limit: "A limit ended the call",
}
const endedText = view => `${WHO_ENDED[view.ended_by] ?? "The call ended"} at ${clockText(view.t)}`

class Transcript {
  /* onSeek(t, turn) is told where a bubble was clicked; more(turn) gives what else is known of a
   * turn: {heard: what was said against what was understood, checks: those decided in it}. */
  constructor(onSeek, stages, more = () => ({})) {
    this.more = more
    this.onSeek = onSeek
    this.stages = stages
    this.rows = new Map()
    this.end = el("div", { class: "end", hidden: true })
    this.next = el("div", { class: "next", hidden: true })
    this.list = el("div", { class: "tr", role: "log", "aria-label": "Transcript", tabindex: "0" })
    this.list.append(el("div", { class: "grow" }), this.next, this.end)
    this.pill = el(
      "button",
      { class: "pill", type: "button", hidden: true, onclick: () => this.toEnd(true) },
      icon("arrow_downward"),
      "Jump to now"
    )
    this.root = el("div", { class: "trbox" }, this.list, this.pill)
    this.stick = true
    this.top = 0
    this.live = true
    this.list.addEventListener("scroll", () => this.look())
    this.list.addEventListener("scrollend", () => (this.gliding = false))
    this.sizes = new ResizeObserver(() => {
      this.look()
      if (this.stick && this.live) this.toEnd()
    })
    this.sizes.observe(this.list)
  }

  destroy() {
    this.sizes.disconnect()
  }

  /* Whether to stay at the end. A list that is not where it was left has been scrolled by a person
   * (its event may still be to come), or has become shorter: then it is at its end. */
  look() {
    const { scrollTop, scrollHeight, clientHeight } = this.list
    const by = scrollTop - this.top
    this.top = scrollTop
    if (Math.abs(by) >= 1) this.stick = scrollHeight - scrollTop - clientHeight < 28 || (this.gliding && by > 0)
    this.pill.hidden = this.stick || !this.live
  }

  /* It stands in another place of the page, which has scrolled it to its top. */
  moved() {
    this.list.scrollTop = this.top
    if (this.stick && this.live) this.toEnd()
  }

  toEnd(smooth = false) {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches
    this.gliding = smooth && !calm
    this.list.scrollTo({
      top: this.list.scrollHeight,
      behavior: this.gliding ? "smooth" : "instant",
    })
    this.top = this.list.scrollTop
    this.stick = true
    this.pill.hidden = true
  }

  /* `error` is how far a heard latency may be off (seconds), null where nobody calibrated. */
  show(turns, budget, live, error) {
    this.look()
    const wasLive = this.live
    if (!this.opened) this.list.classList.toggle("top", !live)
    this.live = live
    this.list.classList.toggle("seekable", !live)
    this.list.setAttribute("aria-live", live ? "polite" : "off")
    const seen = new Set()
    let before = this.list.firstChild
    for (const turn of turns) {
      const key = `${turn.index}/${startOf(turn)}`
      seen.add(key)
      let row = this.rows.get(key)
      if (!row) {
        row = new Row(this.onSeek, this.stages)
        this.rows.set(key, row)
      }
      if (before.nextSibling !== row.root) before.after(row.root)
      before = row.root
      row.show(turn, budget, live, error, this.more(turn))
    }
    for (const [key, row] of this.rows)
      if (!seen.has(key)) {
        row.root.remove()
        this.rows.delete(key)
      }
    if (live && this.stick) this.toEnd()
    if (!live) this.pill.hidden = true
    if (!live && !wasLive && !this.opened) this.list.scrollTop = 0
    this.opened = true
  }

  waiting(text) {
    this.look()
    this.next.hidden = !text
    this.next.textContent = text || ""
    if (text && this.stick) this.toEnd()
  }

  ended(text) {
    this.look()
    this.end.hidden = !text
    this.end.textContent = text || ""
    if (text && this.stick && this.live) this.toEnd()
  }

  /* Mark the turn that sounds, and keep it in view. */
  point(now) {
    for (const [key, row] of this.rows) {
      const on = now != null && key === `${now.index}/${startOf(now)}`
      const moved = on && !row.root.classList.contains("on")
      row.root.classList.toggle("on", on)
      if (moved) this.reveal(row.root)
    }
  }

  /* What is out of sight has no height of its own until it comes near: look again then. */
  reveal(node, again = 3) {
    if (!node.classList.contains("on")) return
    showWithin(this.list, node)
    if (again) requestAnimationFrame(() => this.reveal(node, again - 1))
  }
}

class Row {
  constructor(onSeek, stages) {
    this.stages = stages
    const line = (who, ...children) =>
      el("div", { class: `ln ${who}` }, el("time"), el("div", { class: "b" }, ...children))
    const bubble = who => el("div", { class: `bub ${who}` })
    this.said = bubble("c")
    this.heard = el("div", { class: "heard", hidden: true })
    this.person = el("div", { class: "by", hidden: true })
    this.caller = line("c", this.person, this.said, this.heard)
    this.tools = el("div", { class: "tools" })
    this.chips = el("div", { class: "chips" })
    this.parts = el("div", { class: "parts", hidden: true })
    this.more = el(
      "button",
      { class: "chip line more", type: "button", title: TIPS.stages, "aria-expanded": "false", onclick: () => this.unfold() },
      "stages",
      icon("expand_more")
    )
    this.reply = bubble("a")
    this.words = document.createTextNode("")
    this.caret = el("span", { class: "caret", "aria-hidden": "true" })
    this.reply.append(this.words, this.caret)
    this.agent = line("a", this.tools, this.chips, this.parts, this.reply)
    this.root = el("div", { class: "turn" }, this.caller, this.agent)
    for (const [node, at] of [
      [this.said, () => this.turn.caller?.start],
      [this.reply, () => this.turn.agent[0]?.start],
    ]) {
      const seek = () => !this.live && at() != null && onSeek(at(), this.turn)
      node.addEventListener("click", seek)
      node.addEventListener("keydown", event => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault()
          event.stopPropagation()
          seek()
        }
      })
    }
  }

  unfold() {
    const open = this.parts.hidden
    this.parts.hidden = !open
    this.more.setAttribute("aria-expanded", String(open))
    this.more.lastChild.textContent = open ? "expand_less" : "expand_more"
    if (open) showWithin(this.root.parentElement, this.parts)
  }

  show(turn, budget, live, error, { heard = null, checks = [] }) {
    const shape = JSON.stringify([turn, budget, live, error, heard, checks])
    if (shape === this.shape) return
    this.shape = shape
    this.turn = turn
    this.live = live
    for (const node of [this.said, this.reply]) {
      if (live) {
        node.removeAttribute("tabindex")
        node.removeAttribute("role")
      } else {
        node.tabIndex = 0
        node.setAttribute("role", "button")
      }
    }
    this.caller.hidden = !turn.caller
    if (turn.caller) {
      this.caller.firstChild.textContent = clockText(turn.caller.start)
      const unknown = turn.caller_source === "person" && !live
      this.said.textContent = turn.caller_text || (unknown ? "(words not known)" : "…")
      this.person.hidden = turn.caller_source !== "person"
      if (!this.person.hidden) this.person.replaceChildren(icon("mic"), turn.caller_by || "A person")
      this.person.title = "Spoken by a person in the caller's place"
      this.said.title = saidTip(turn)
      const misheard = turn.heard_text && letters(turn.heard_text) !== letters(turn.caller_text)
      this.heard.hidden = !misheard
      if (misheard && heard) fill(this.heard, ...heardNodes(heard))
      else this.heard.textContent = misheard ? `agent understood “${turn.heard_text}”` : ""
    }
    const speaking = turn.agent.some(span => span.end == null) && live
    const first = turn.agent[0]?.start
    this.agent.hidden = first == null && !turn.tools.length && turn.outcome !== "no_answer"
    const at = first ?? turn.tools[0]?.called_at ?? turn.caller?.end
    this.agent.firstChild.textContent = at == null ? "" : clockText(at)
    this.reply.hidden = first == null
    this.words.nodeValue = turn.agent_text || (first == null ? "" : turn.open ? "…" : "(unknown words)")
    this.caret.hidden = !speaking
    this.reply.title = turn.agent_text ? TIPS.source[turn.agent_text_source] || "" : turn.open ? "" : TIPS.unknown
    this.tools.replaceChildren(...turn.tools.map(toolNode))
    // What nothing explains is no breakdown.
    const told = turn.stages.some(stage => stage.source !== "remainder")
    const chips = [...chipsOf(turn, budget, speaking, error), ...checks.map(checkChip)]
    this.chips.replaceChildren(...(told ? [...chips, this.more] : chips))
    this.parts.replaceChildren(...(told ? partsOf(turn, this.stages) : []))
    this.tools.hidden = !turn.tools.length
    this.chips.hidden = !this.chips.childElementCount
  }
}

function saidTip(turn) {
  if (turn.caller_source === "typed") return "Typed by a person, said by the caller's voice"
  if (turn.caller_text_source === "stt")
    return `The words as ${turn.caller_text_by || "a recogniser"} heard them: they may be misheard.`
  return turn.caller_source === "person" && !turn.caller_text ? "Nothing has written these words down." : ""
}

const letters = text => (text || "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim()

/* The line as the agent understood it: words it left out struck through, words it put in marked. */
function heardNodes(parts) {
  const looks = {
    only_a: text => el("s", { title: "Said, and not understood", text }),
    only_b: text => el("mark", { title: "Understood, and not said", text }),
  }
  const words = parts.flatMap(([op, text], i) => [i ? " " : "", looks[op]?.(text) ?? text])
  return ["agent understood “", ...words, "”"]
}

function checkChip(check) {
  return check.failed
    ? chip("fail", check.message, icon("close"), check.name)
    : chip("pass", check.message, icon("check"), check.name)
}

function chip(kind, title, ...children) {
  return el("span", { class: `chip ${kind}`, title }, ...children)
}

function waitText(until, time) {
  switch (until) {
    case "spoke_again":
      return `caller waited ${time}, then spoke again`
    case "agent_left":
      return `the agent left after ${time}`
    case "agent_crashed":
      return `the agent crashed after ${time}`
    default:
      return `caller waited ${time}`
  }
}

function chipsOf(turn, budget, speaking, error) {
  const chips = []
  const wait = turn.response_latency_s
  if (turn.outcome === "no_answer") {
    chips.push(chip("fail", TIPS.none[turn.waited_until] || "", icon("voice_over_off"), el("b", { text: "No answer" })))
    if (turn.waited_s != null)
      chips.push(chip("line", "", waitText(turn.waited_until, secondsText(turn.waited_s))))
    return chips
  }
  if (wait != null && turn.index > 0) {
    const kind = waitClass(wait, budget)
    const sign = kind === "fail" ? icon("error") : kind === "warn" ? icon("warning") : null
    const bar = error == null ? "" : ` It may be off by ±${Math.round(error * 1000)} ms, by the calibration.`
    chips.push(chip(kind, TIPS.heard + bar, sign, el("b", { text: secondsText(wait) }), " heard"))
    if (turn.bot_reported_s != null)
      chips.push(
        chip(
          "line",
          [TIPS.reported, TIPS.told[turn.latency_source]].filter(Boolean).join(" "),
          `${secondsText(turn.bot_reported_s)} bot-reported`,
          TELLERS[turn.latency_source] ? `, ${TELLERS[turn.latency_source]}` : ""
        )
      )
    if (turn.gap_s != null) chips.push(chip("line", TIPS.gap, `gap ${signedText(turn.gap_s)}`))
  }
  const answer = turn.first_answer_s
  if (answer != null && turn.filler.length && answer - (wait ?? answer) > 0.005)
    chips.push(chip(waitClass(answer, budget), TIPS.answer, `answer after ${secondsText(answer)}`))
  if (turn.stop_s != null)
    chips.push(chip(turn.stop_s > GIVES_WAY_S ? "warn" : "line", TIPS.stop, `stopped after ${secondsText(turn.stop_s)}`))
  if (turn.overlap_s > 0.005) chips.push(chip("line", TIPS.overlap, `both for ${secondsText(turn.overlap_s)}`))
  const sounds = turn.backchannels.length
  if (sounds)
    chips.push(chip("line", TIPS.backchannel, sounds === 1 ? "mm-hm" : `${sounds} × mm-hm`))
  if (turn.flags.length)
    chips.push(chip("warn", `Its timing is left out of all figures. ${turn.flags.join(" ")}`, icon("warning"), "left out"))
  if (speaking) chips.push(chip("", "", icon("graphic_eq"), "Speaking"))
  else if (turn.outcome && OUTCOMES[turn.outcome]) {
    const [sign, word, kind] = OUTCOMES[turn.outcome]
    chips.push(chip(kind, TIPS[turn.outcome] || "", icon(sign), word))
  }
  return chips
}

/* One row a stage with its share as a bar; they sum up to the latency that was heard. */
function partsOf(turn, titles) {
  const most = Math.max(...turn.stages.map(stage => Math.abs(stage.seconds)), 0.001)
  return turn.stages.flatMap(stage => {
    const rest = stage.source === "remainder"
    const [title, tip] = titles[stage.name] ?? [stage.name, ""]
    const overlap = rest && stage.seconds < -0.004
    const bar = el("i", { class: rest ? "rest" : "" })
    bar.style.width = `${(100 * Math.abs(stage.seconds)) / most}%`
    return [
      el("span", { class: "nm", title: tip, text: overlap ? "Stages overlap" : title }),
      el("span", { class: "bar", "aria-hidden": "true" }, bar),
      el("span", { class: "num", text: secondsText(stage.seconds) }),
      el("span", { class: "by", title: stage.detail, text: TELLERS[stage.source] }),
    ]
  })
}

const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)
const valueText = value => (typeof value === "string" ? value : JSON.stringify(value))

function toolNode(tool) {
  const given = tool.arguments
    ? Object.values(tool.arguments).map(value => JSON.stringify(value)).join(", ")
    : "…"
  const call = `${tool.name ?? "a function"}(${given})`
  const took = tool.returned_at == null ? null : tool.returned_at - tool.called_at
  const outcome = tool.cancelled
    ? "cancelled"
    : took == null
      ? "running…"
      : tool.result == null
        ? "done"
        : short(valueText(tool.result), 40)
  const full = `${call}\n${tool.result == null ? outcome : valueText(tool.result)}`
  return el(
    "div",
    { class: "tool", title: short(full, 600) },
    icon("build"),
    el("code", { text: call }),
    el("span", { class: "res", text: outcome }),
    took == null ? null : el("span", { class: "num", text: secondsText(took) })
  )
}
