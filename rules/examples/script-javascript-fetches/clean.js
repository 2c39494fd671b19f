const http = require("https");
http.get("https://data.invalid/table.json", r => { let d = ""; r.on("data", x => d += x); r.on("end", () => show(JSON.parse(d))); });
