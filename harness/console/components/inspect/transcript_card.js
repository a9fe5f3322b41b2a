/* The words of a call that has ended, beside its sound: the chosen turn is kept in view. */

const cards = new WeakMap()

class TranscriptCard {
  constructor(parent, callId, stages) {
    this.player = playerOf(callId)
    this.transcript = new Transcript((t, turn) => this.player.choose(t, turn), stages, turn => this.more(turn))
    this.transcript.list.classList.add("flat")
    this.told = el("span", { class: "told" })
    this.none = el("div", { class: "none", hidden: true })
    this.transcript.root.append(this.none)
    this.root = el("section", { class: "rb it", "aria-label": "Transcript" },
      el("div", { class: "h" }, "Transcript", this.told), this.transcript.root)
    this.hold = el("div", { class: "hold" }, this.root)
    parent.append(this.hold)
    this.unsubscribe = this.player.subscribe(kind => this.news(kind))
  }

  update(data) {
    this.root.style.setProperty("--taken", `${data.taken}px`)
    const shape = JSON.stringify([data.view, data.heard])
    if (shape === this.shape) return
    this.shape = shape
    this.heard = data.heard
    this.player.load(data.view)
  }

  more(turn) {
    if (turn.outcome === "spurious") return {}
    const checks = this.player.marks.filter(mark => mark.kind === "check" && mark.turn === turn.index)
    return { heard: this.heard?.[turn.index], checks }
  }

  news(kind) {
    if (kind === "view" || kind === "marks" || kind === "part") this.draw()
    if (kind === "turn") this.transcript.point(this.player.turn)
  }

  draw() {
    const { view, turns, part, turn } = this.player
    if (!view || !this.shape) return
    const shown = part ? turns.filter(each => within(each, part)) : turns
    this.transcript.show(shown, view.budget_s, false, view.error_s)
    this.transcript.ended(turns.length && !part ? endedText(view) : "")
    this.none.hidden = shown.length > 0
    put(this.none, turns.length ? "Nobody spoke in this part" : "Nobody spoke in this call")
    put(this.told, part ? `${asked(shown)} of ${countText(asked(turns), "turn")} in ${partText(part)}` : summary(turns))
    this.transcript.point(turn)
  }

  destroy() {
    this.unsubscribe()
    this.transcript.destroy()
    this.hold.remove()
  }
}

const countText = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`
const partText = ([from, to]) => `${clockText(from)}–${clockText(Math.ceil(to))}`

function within(turn, [from, to]) {
  const span = spanOf(turn)
  return Boolean(span) && span[0] < to && span[1] > from
}

/* The greeting answers nobody. */
const asked = turns => turns.filter(turn => turn.index > 0 && turn.caller).length

function summary(turns) {
  const count = outcome => turns.filter(turn => turn.outcome === outcome).length
  const told = [countText(asked(turns), "turn")]
  for (const [outcome, word] of [["interrupted", "interrupted"], ["talked_over", "talk-over"], ["no_answer", "no answer"]])
    if (count(outcome)) told.push(`${count(outcome)} ${word}`)
  return told.join(" · ")
}

export default function ({ data, parentElement }) {
  let card = cards.get(parentElement)
  if (card && card.player.callId !== data.call_id) {
    card.destroy()
    card = null
  }
  if (!card) cards.set(parentElement, (card = new TranscriptCard(parentElement, data.call_id, data.stages)))
  card.update(data)
  return () => {
    card.destroy()
    cards.delete(parentElement)
  }
}
