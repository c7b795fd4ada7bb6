#include "tools/setter_run.h"

#include "core/log.h"
#include "datasets/video/jpeg.h"
#include "envs/desktop/game/live_game.h"
#include "tools/instruction_overlay.h"
#include "tools/web_flags.h"
#include "web/setter_page.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <optional>

namespace atl::tools {
namespace {

constexpr int kJpegQuality = 80;

class ServedSetter final : public SetterRun {
 public:
  ServedSetter(const SetterFlags& flags, const std::string& title)
      : server_(server_options({.address = flags.address})),
        page_(server_,
              {.title = title,
               .encode_jpeg = [](ImageView p, int most_px) { return video::encode_jpeg(p, kJpegQuality, most_px); }}),
        room_(page_, [this](const std::string& text, const WindowGeometry& window) {
          if (overlay_) overlay_->show(text, window);
        }) {
    server_.start();
    fmt::print(stderr, "setter: {}\n(the address is the key to the page: give it to the setter alone)\n",
               server_.url());
    std::fflush(stderr);
  }
  ~ServedSetter() override { server_.stop(); }

  session::SetterRoom& room() override { return room_; }

  void show_beside(const envs::LiveEnvironment& world) override {
    if (const auto* game = dynamic_cast<const envs::desktop::LiveGame*>(&world)) overlay_.emplace(game->display());
  }

 private:
  web::HttpServer server_;
  web::SetterPage page_;
  std::optional<InstructionOverlay> overlay_;
  session::SetterRoom room_;
};

}  // namespace

void add_setter_flags(CLI::App& app, SetterFlags& flags) {
  CLI::Option* setter = app.add_flag("--setter", flags.serve,
                                     "serve a page on which a second person sees the player's screen, says what is to "
                                     "be done and marks whether it was; "
                                     "live worlds only");
  app.add_option(
         "--address", flags.address,
         "HOST:PORT of that page (port 0: any free one); another host than 127.0.0.1 shows it to other machines, "
         "without encryption, to whoever knows its address")
      ->needs(setter)
      ->capture_default_str();
}

std::unique_ptr<SetterRun> start_setter(const SetterFlags& flags, const std::string& title) {
  return std::make_unique<ServedSetter>(flags, title);
}

}  // namespace atl::tools
