/* Small helpers for building a page by hand. Text always goes in as text, never as markup. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (name === "class") node.className = value
    else if (name === "text") node.textContent = value
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value === true ? "" : value)
  }
  node.append(...children.filter(child => child !== null && child !== undefined))
  return node
}
const fill = (node, ...children) =>
  node.replaceChildren(...children.filter(child => child !== null && child !== undefined))
const icon = (name, extra = "") =>
  el("span", { class: `ms ${extra}`, "aria-hidden": "true", text: name })
const clockText = t => {
  const whole = Math.max(0, Math.floor(t))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`
}
const secondsText = v =>
  v === null || v === undefined ? "–" : `${v < -0.004 ? "−" : ""}${Math.abs(v).toFixed(2)} s`
const signedText = v => `${v < -0.004 ? "−" : "+"}${Math.abs(v).toFixed(2)} s`
const waitClass = (wait, budget) =>
  wait === null || wait > budget ? "fail" : wait <= 0.75 * budget ? "pass" : "warn"
const inTextField = event => {
  const target = event.composedPath()[0]
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}
/* Scroll `box` alone until `node` is seen in it: scrollIntoView would move the whole page. */
function showWithin(box, node) {
  const outer = box.getBoundingClientRect()
  const inner = node.getBoundingClientRect()
  if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom
}
/* Change text only when it differs, so that nothing is announced or repainted twice. */
function put(node, text) {
  if (node.textContent !== text) node.textContent = text
}

/* A number that no other pick has, so that the same one twice is two picks. */
let lastPick = 0
const pickNumber = () => (lastPick = Math.max(Date.now(), lastPick + 1))

/* Streamlit runs the page that it showed last when a component triggers. While another page is being
 * opened that would call the user back: a trigger waits until the address is the new page's. Whoever
 * wanted it is gone by then, or belongs to the new page. */
const OPENS_WITHIN_MS = 10000
const opening = (window.__ringbackOpening ??= watchLinks())

function watchLinks() {
  const last = { path: "", at: -Infinity }
  const look = () => {
    if (location.pathname === last.path) last.at = -Infinity
    else if (performance.now() - last.at < OPENS_WITHIN_MS) setTimeout(look, 100)
  }
  const clicked = event => {
    const link = event.composedPath().find(node => node.tagName === "A")
    if (!link || link.origin !== location.origin || link.target || event.button) return
    last.path = link.pathname
    last.at = performance.now()
    look()
  }
  document.addEventListener("click", clicked, true)
  return last
}

function oncePageIsOpen(root, act) {
  if (performance.now() - opening.at > OPENS_WITHIN_MS) act()
  else setTimeout(() => root.isConnected && oncePageIsOpen(root, act), 100)
}
