/* Keeps what its reader told the page for their next visit. */

const YEAR_S = 365 * 24 * 3600

export default function ({ data }) {
  for (const [name, value] of Object.entries(data.values)) {
    const life = value ? YEAR_S : 0
    document.cookie = `${name}=${encodeURIComponent(value)}; path=${data.path}; max-age=${life}; samesite=strict`
  }
}
