#include "tools/film_page.h"

#include "evaluation/html.h"

#include <fmt/format.h>

namespace atl::tools {
namespace {

constexpr std::string_view kHead = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{0}</title><style>
:root {{ --ink:#1c2430; --soft:#5b6675; --line:#dde3ea; --page:#f6f8fa; --card:#fff; --good:#0f7b6c; --bad:#c2703d; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink:#e6ebf1; --soft:#9aa7b5; --line:#2c3642; --page:#12171d;
  --card:#1a212a; --good:#2fb5a2; --bad:#dd8f5d; }} }}
* {{ box-sizing:border-box; }}
body {{ font:15px/1.5 system-ui,sans-serif; color:var(--ink); background:var(--page); margin:0; padding:2rem 1rem; }}
main {{ max-width:1280px; margin:0 auto; }} h1 {{ font-size:1.4rem; margin:0 0 1rem; overflow-wrap:anywhere; }}
.columns {{ display:flex; flex-wrap:wrap; gap:1.2rem; align-items:flex-start; }}
video {{ width:min(100%,672px); border-radius:10px; background:#000; position:sticky; top:1rem; }}
ol {{ list-style:none; margin:0; padding:0; flex:1 1 340px; background:var(--card); border:1px solid var(--line);
  border-radius:10px; overflow:hidden; }}
button {{ all:unset; display:block; width:100%; padding:.55rem .9rem; cursor:pointer;
  border-bottom:1px solid var(--line); box-sizing:border-box; }}
button:hover, button:focus-visible {{ background:var(--page); }}
.soft {{ color:var(--soft); font-size:.85rem; }} .success {{ color:var(--good); }} .other {{ color:var(--bad); }}
</style></head><body><main><h1>{0}</h1><div class="columns">
)html";

}  // namespace

std::string film_page(std::string_view title, std::span<const Chapter> chapters, std::span<const std::uint8_t> film) {
  using evaluation::escape_html;
  std::string page = fmt::format(kHead, escape_html(title));
  page += fmt::format("<video id=\"film\" controls playsinline src=\"data:video/mp4;base64,{}\"></video>\n<ol>\n",
                      evaluation::base64(film));
  for (const Chapter& c : chapters) {
    page += fmt::format(
        "<li><button data-begin=\"{:.3f}\">{} <span class=\"{}\">{}</span><br><span class=\"soft\">episode {}, {} "
        "steps{}{}</span></button></li>\n",
        c.begin_s, c.instruction.empty() ? "(no instruction)" : escape_html(c.instruction),
        c.verdict == "success" ? "success" : "other", escape_html(c.verdict), c.episode, c.num_steps,
        c.reason.empty() ? "" : ": ", escape_html(c.reason));
  }
  page += R"html(</ol></div></main><script>
const film = document.getElementById("film");
for (const button of document.querySelectorAll("button"))
  button.addEventListener("click", () => { film.currentTime = Number(button.dataset.begin); film.play(); });
</script></body></html>
)html";
  return page;
}

}  // namespace atl::tools
