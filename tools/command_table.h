// Which commands this build has.
#pragma once

#include "tools/command.h"

#include <span>

namespace atl::tools {

[[nodiscard]] std::span<const Command> command_table();

}  // namespace atl::tools
