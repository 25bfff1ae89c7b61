// The page is made for paper: the dialog of the printer opens by itself.
addEventListener("load", () => window.print());
