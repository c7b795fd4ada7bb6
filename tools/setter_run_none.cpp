#include "core/error.h"
#include "tools/setter_run.h"

namespace atl::tools {

void add_setter_flags(CLI::App& /*app*/, SetterFlags& /*flags*/) {}

std::unique_ptr<SetterRun> start_setter(const SetterFlags& /*flags*/, const std::string& /*title*/) {
  fail(ErrorKind::kUsage, "--setter: this build has no desktop; use the full build");
}

}  // namespace atl::tools
