// On the page that stands between a form and its acceptance: what was sent was not saved, and is to be put back.

import { keepForms, keptForms } from "./typed_store.js";

const forms = keptForms().map((each) => ({ ...each, isBack: true }));
keepForms(forms);
for (const place of document.querySelectorAll("[data-typed-kept]")) place.hidden = forms.length === 0;
