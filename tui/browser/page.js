// Keys go to the workbench, without a click first: once it is drawn, and whenever one
// comes back to its tab.
"use strict";

const listen = () => document.querySelector(".xterm-helper-textarea")?.focus();

new MutationObserver(listen).observe(document.body, { attributeFilter: ["class"] });
window.addEventListener("focus", listen);
