// The setter's page: a second person sees the player's screen live, says what is to be done, and marks whether it was.
// Used by `atoll record --setter` and `atoll play --setter`.
//
// The browser asks for the picture after the one it has and is answered when there is a newer one, so that it always
// gets the newest that it can draw and none waits in between.
#pragma once

#include "session/setter.h"
#include "web/http_server.h"

#include <functional>
#include <memory>
#include <string>

namespace atl::web {

struct SetterPageOptions {
  std::string title;  // "doom"
  std::function<std::string(ImageView picture, int most_px)> encode_jpeg;
};

class SetterPage final : public session::Setter {
 public:
  /// Adds its routes to `server`, which is borrowed, not started yet and stopped before this object goes.
  SetterPage(HttpServer& server, SetterPageOptions options);
  SetterPage(const SetterPage&) = delete;
  SetterPage& operator=(const SetterPage&) = delete;
  ~SetterPage() override;

  void show(const Frame& frame) override;
  [[nodiscard]] std::vector<session::SetterWord> poll_words() override;
  void tell(const session::SetterStatus& status) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::web
