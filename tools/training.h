// What commands and benches that train share.
#pragma once

#include "trainer/source.h"

namespace atl::tools {

/// Worlds by name and, where the build has it, video.
[[nodiscard]] trainer::SourceServices training_services();

}  // namespace atl::tools
