/* Who is at a running call: initials of those with a name, and a few words. Nothing while one is
 * alone. */

const DOES = [
  ["holds", "talking", "speaks as the caller", "speak as the caller"],
  ["asks", "asks for the call", "asks for the call", "ask for the call"],
  ["listens", "listening", "listens", "listen"],
]
const MOST_NAMES = 3

const doing = one => DOES.find(([key]) => one[key]) ?? ["watches", "", "watches", "watch"]

const initials = name =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map(word => [...word][0] ?? "")
    .join("")
    .toUpperCase()

/* "You, Ada (talking), 2 listening" */
function presenceWords(people) {
  const known = people.filter(one => one.you || one.name)
  const parts = known.slice(0, MOST_NAMES + 1).map(one => {
    const does = doing(one)[1]
    return `${one.you ? "You" : one.name}${does ? ` (${does})` : ""}`
  })
  const rest = known.length - parts.length
  if (rest > 0) parts.push(`${rest} more`)
  const strangers = people.filter(one => !one.you && !one.name)
  const listen = strangers.filter(one => one.listens).length
  if (listen) parts.push(`${listen} listening`)
  if (strangers.length > listen) parts.push(`${strangers.length - listen} watching`)
  return parts.join(", ")
}

function presenceTip(people) {
  const lines = people
    .filter(one => one.you || one.name)
    .map(one => (one.you ? `You ${doing(one)[3]}` : `${one.name} ${doing(one)[2]}`))
  const strangers = people.filter(one => !one.you && !one.name).length
  if (strangers) lines.push(strangers === 1 ? "One who has entered no name is here" : `${strangers} who have entered no name are here`)
  return lines.join("\n")
}

class PresenceRow {
  constructor() {
    this.words = el("span", { class: "words" })
    this.faces = el("span", { class: "faces", "aria-hidden": "true" })
    this.root = el("span", { class: "present", hidden: true }, this.faces, this.words)
  }

  show(people) {
    this.root.hidden = people.length < 2
    const words = presenceWords(people)
    if (this.root.hidden || this.shown === words) return
    this.shown = words
    put(this.words, words)
    this.root.title = presenceTip(people)
    const named = people.filter(one => one.name).slice(0, MOST_NAMES + 1)
    this.faces.replaceChildren(
      ...named.map(one => el("i", { class: one.holds ? "on" : "", text: initials(one.name) })),
      named.length ? "" : icon("group")
    )
  }
}
