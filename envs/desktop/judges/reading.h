// A reading: what a sensor saw of a running game at one moment, as named values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

namespace atl::envs::desktop {

using ReadingValue = std::variant<double, std::string>;
using Reading = std::map<std::string, ReadingValue, std::less<>>;

/// As words: "3", "0.25", "default:dirt".
[[nodiscard]] std::string to_text(const ReadingValue& value);

/// As a number: also texts that are one, "12". Nothing otherwise.
[[nodiscard]] std::optional<double> to_number(const ReadingValue& value);

/// All of it in one line: "event = dig, node = default:dirt".
[[nodiscard]] std::string to_text(const Reading& reading);

}  // namespace atl::envs::desktop
