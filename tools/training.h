// What commands and benches that train share.
#pragma once

#include "trainer/source.h"

#include <filesystem>

namespace atl::tools {

/// Worlds by name and, where the build has it, video.
[[nodiscard]] trainer::SourceServices training_services();

/// Where tools/weights.py puts published weights; it need not be there.
[[nodiscard]] std::filesystem::path weights_folder();

}  // namespace atl::tools
