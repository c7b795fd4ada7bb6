// What Playhouse's page in docs/ shows: every thing in every colour and size, furniture, rooms, other looks. Drawn by
// the world's own renderer as its window shows it.
#pragma once

#include "core/frame.h"

#include <string>
#include <vector>

namespace atl::tools {

struct NamedPicture {
  std::string name;  // of the file, without its ending
  Frame frame;
};

/// The same pictures on every machine.
[[nodiscard]] std::vector<NamedPicture> draw_playhouse_pictures();

/// The page: what there is, controls, grammar, held-out sets, with the pictures beside it. Markdown.
[[nodiscard]] std::string playhouse_page();

}  // namespace atl::tools
