// Draws the plots of the insights page from the figures that the page carries; redraws when the theme changes.

const series = JSON.parse(document.getElementById("insights-series").textContent);
const drawn = [];

function color(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function options(extra = {}) {
  const text = color("--al-text-3");
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
  return {
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    plugins: { legend: { display: false }, tooltip: { rtl: document.dir === "rtl", titleFont: font, bodyFont: font } },
    scales: {
      x: { grid: { display: false }, border: { color: color("--al-line-strong") }, ticks: { color: text, font, maxTicksLimit: 5, maxRotation: 0 } },
      y: { beginAtZero: true, grid: { color: color("--al-line") }, border: { display: false }, ticks: { color: text, font, maxTicksLimit: 4, ...extra } },
    },
  };
}

function line(label, data, name, dash = []) {
  return { label, data, borderColor: color(name), borderWidth: 2, borderDash: dash, pointRadius: data.length > 40 ? 0 : 2, pointBackgroundColor: color(name), spanGaps: true };
}

function draw() {
  while (drawn.length) drawn.pop().destroy();
  const days = document.getElementById("calls-by-day");
  const bars = (label, data, name) => ({ label, data, backgroundColor: color(name), borderRadius: 2 });
  drawn.push(new window.Chart(days, {
    type: "bar",
    data: { labels: series.days, datasets: [bars(days.dataset.calls, series.calls, "--al-chart-1"), bars(days.dataset.booked, series.booked, "--al-chart-3")] },
    options: options({ precision: 0 }),
  }));
  const times = document.getElementById("response-times");
  if (times) lines(times, [times.dataset.usual, series.usual], [times.dataset.slowest, series.slowest], 3);
  const silences = document.getElementById("silences-by-day");
  if (silences) lines(silences, [silences.dataset.usual, series.silence], [silences.dataset.longest, series.longest], 4);
}

// Two lines over the days, each a label with its figures, and the one that both should stay under.
function lines(canvas, [first, usual], [second, most], seconds) {
  const aim = { ...line(canvas.dataset.target, series.days.map(() => seconds), "--al-chart-2", [4, 4]), pointRadius: 0, borderWidth: 1 };
  drawn.push(new window.Chart(canvas, {
    type: "line",
    data: { labels: series.days, datasets: [line(first, usual, "--al-chart-1"), line(second, most, "--al-chart-3"), aim] },
    options: options(),
  }));
}

draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["class"] });
