// Where the page's answers come from: the server. In an exported site this line names the browser itself.

export * from "./served.js";
