#include "evaluation/page.h"

#include "evaluation/html.h"

#include <fmt/format.h>

#include <string_view>

namespace atl::evaluation {
namespace {

constexpr std::string_view kStyle = R"css(
:root { --ink:#1c2430; --soft:#5b6675; --line:#dde3ea; --page:#f6f8fa; --card:#ffffff; --track:#eef1f5;
  --instructed:#0f7b6c; --expert:#7a8794; --control:#c2703d; --named:#3b6fb6; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6ebf1; --soft:#9aa7b5; --line:#2c3642; --page:#12171d; --card:#1a212a;
  --track:#232c36; --instructed:#2fb5a2; --expert:#8593a2; --control:#dd8f5d; --named:#78a6e6; } }
* { box-sizing:border-box; }
body { font:15px/1.5 system-ui,sans-serif; color:var(--ink); background:var(--page); margin:0; padding:2rem 1rem; }
main { max-width:1020px; margin:0 auto; }
h1 { font-size:1.6rem; margin:0 0 .25rem; } h2 { font-size:1.1rem; margin:2.2rem 0 .7rem; }
p { margin:.4rem 0; } .soft { color:var(--soft); font-size:.88rem; }
.headline { font-size:1.15rem; margin:1rem 0; }
.card { background:var(--card); border:1px solid var(--line); border-radius:10px; padding:1rem 1.2rem; overflow-x:auto; }
table { border-collapse:collapse; width:100%; font-variant-numeric:tabular-nums; }
th,td { text-align:left; padding:.3rem .6rem; border-bottom:1px solid var(--line); white-space:nowrap; }
th { font-weight:600; color:var(--soft); font-size:.82rem; } td.n,th.n { text-align:right; }
tr.all td { font-weight:600; }
.task { display:grid; grid-template-columns:190px 1fr; gap:.2rem 1rem; padding:.7rem 0; border-bottom:1px solid var(--line); }
.task:last-child { border-bottom:0; } .task h3 { margin:0; font-size:.95rem; }
svg { display:block; width:100%; height:22px; } svg text { font:12px system-ui,sans-serif; fill:var(--ink); }
.videos { display:grid; grid-template-columns:repeat(auto-fill,minmax(230px,1fr)); gap:1rem; }
figure { margin:0; background:var(--card); border:1px solid var(--line); border-radius:10px; overflow:hidden; }
video { width:100%; display:block; background:#000; image-rendering:pixelated; }
figcaption { padding:.6rem .8rem .7rem; font-size:.85rem; } .badge { font-weight:600; }
.badge.success { color:var(--instructed); } .badge.other { color:var(--control); }
.beside { display:flex; flex-wrap:wrap; gap:1rem 2rem; align-items:flex-start; } .beside > * { flex:1 1 320px; min-width:0; }
.curve { max-width:380px; } .curve svg { height:auto; } .curve svg text { font-size:11px; fill:var(--soft); }
main:has(table.wide) { max-width:1500px; }
table.wide td { vertical-align:top; } td small { color:var(--soft); font-size:.78rem; } td .relative { font-weight:600; }
tr.world td { font-weight:600; border-top:2px solid var(--line); } tr.part td:first-child { padding-left:1.4rem; }
.yes { color:var(--instructed); } .no { color:var(--control); }
code { font-size:.82rem; white-space:pre-wrap; overflow-wrap:anywhere; }
)css";

}  // namespace

std::string page_head(const PageHeader& header) {
  std::string html = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">";
  html += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" + escape_html(header.title);
  return html + "</title><style>" + std::string(kStyle) + "</style></head><body><main>\n";
}

std::string page_foot(const PageHeader& header) {
  return fmt::format("<p class=\"soft\">commit {} · {}<br><code>{}</code></p>\n</main></body></html>\n",
                     escape_html(header.commit), escape_html(header.machine), escape_html(header.command));
}

}  // namespace atl::evaluation
