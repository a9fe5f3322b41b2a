/* Streamlit tells components when the theme changes, but does not run the page again: what Python
 * coloured (charts, the logo) would stay as it was. Ask for one run when the two differ. */

const asked = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.host ?? parentElement
  const probe = el("span", { hidden: true })
  probe.style.color = "var(--st-background-color)"
  parentElement.append(probe)
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number)
  probe.remove()
  const mode = 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light"
  if (mode === data.mode) asked.delete(host)
  else if (asked.get(host) !== mode) {
    asked.set(host, mode)
    setTriggerValue("changed", mode)
  }
}
