// The help page of Playhouse's window: every key and what it is for; a row can be chosen and given another key. Holds
// no window: keys go in, pixels come out. One thread.
#pragma once

#include "envs/desktop/playhouse_window/key_bindings.h"
#include "envs/desktop/playhouse_window/overlay.h"

#include <cstdint>
#include <string>

namespace atl::envs::desktop {

class HelpPage final : public Overlay {
 public:
  /// Borrows `bindings` and changes them. `keys_place`: where they are kept, for the page to say.
  HelpPage(KeyBindings& bindings, std::string keys_place) : bindings_(bindings), keys_place_(std::move(keys_place)) {}

  enum class Reply : std::uint8_t {
    kNothing,  // another row, or a key is waited for
    kChanged,  // a key is another one now
    kClose,
  };
  /// Up and down choose a row, Enter asks for its new key, the next press is that key; Backspace makes all keys usual
  /// again; the key for help, or Escape, closes the page.
  Reply press(Control control);

  /// Over the whole of `picture`.
  void draw(const Picture& picture) const override;

 private:
  void draw_row(const Picture& picture, int left, int top, int scale, KeyUse use) const;

  KeyBindings& bindings_;
  std::string keys_place_;
  int chosen_ = 0;
  bool waits_for_key_ = false;
};

}  // namespace atl::envs::desktop
