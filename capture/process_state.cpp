#include "capture/process_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

namespace atl::capture {

char process_state(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  std::array<char, 512> text{};
  const ssize_t num_read = read(fd, text.data(), text.size());
  close(fd);
  // The letter comes after the name, which may hold spaces and brackets.
  const std::string_view stat(text.data(), num_read > 0 ? static_cast<std::size_t>(num_read) : 0);
  const std::size_t name_end = stat.rfind(')');
  return name_end == std::string_view::npos || name_end + 2 >= stat.size() ? char{0} : stat[name_end + 2];
}

}  // namespace atl::capture
