// What the pages do besides htmx: tell the server the browser's zone. Everything works without it.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `zone=${encodeURIComponent(zone)}; path=/; SameSite=Lax; Max-Age=31536000`;
