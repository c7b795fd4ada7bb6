// The shipped sizes of the agent: configs/sizes/*.toml.
#include "agent/model.h"
#include "trainer/config.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>

namespace atl::trainer {
namespace {

struct Size {
  const char* name;
  std::int64_t parameters;
};

class ShippedSize : public testing::TestWithParam<Size> {};

INSTANTIATE_TEST_SUITE_P(Sizes, ShippedSize,
                         testing::Values(Size{"tiny", 1'000'000}, Size{"small", 12'000'000}, Size{"base", 150'000'000},
                                         Size{"large", 600'000'000}),
                         [](const auto& size) { return std::string(size.param.name); });

// What a file says in words, counted: with the contract and the vocabulary of configs/playhouse_house.toml.
TEST_P(ShippedSize, HasAboutTheParametersThatItSays) {
  const std::filesystem::path configs("configs");
  const std::array<std::filesystem::path, 2> files{configs / "playhouse_house.toml",
                                                   configs / "sizes" / (std::string(GetParam().name) + ".toml")};
  const auto config = load_config<RunConfig>(std::span(files));
  validate(config);
  const std::int64_t count = agent::Model::count_parameters(config.model, config.contract, config.tokenizer.vocab_size);
  EXPECT_NEAR(static_cast<double>(count), static_cast<double>(GetParam().parameters), 0.1 * GetParam().parameters);
  RecordProperty("parameters", std::to_string(count));
}

}  // namespace
}  // namespace atl::trainer
