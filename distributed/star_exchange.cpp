#include "distributed/star_exchange.h"

#include "distributed/star_link.h"

namespace atl::distributed {
namespace {

class StarExchange final : public Exchange {
 public:
  explicit StarExchange(std::unique_ptr<StarLink> link) : link_(std::move(link)) {}

  [[nodiscard]] const SyncConfig& config() const override { return link_->desk().config(); }
  [[nodiscard]] const std::vector<Fragment>& fragments() const override { return link_->fragments(); }
  bool push(std::size_t fragment, std::span<const float> values, const WindowFacts& window,
            std::span<float> eager) override {
    return link_->desk().push(fragment, values, window, eager);
  }
  std::optional<std::int64_t> wait_take(std::size_t fragment, std::span<float> values, Timestamp deadline) override {
    return link_->desk().wait_take(fragment, values, deadline);
  }
  void note(const Beat& beat) override { link_->note(beat); }
  std::optional<DataLease> wait_lease(Timestamp deadline) override { return link_->desk().wait_lease(deadline); }
  [[nodiscard]] ExchangeFacts facts() override { return link_->desk().facts(); }
  void leave(Timestamp deadline) override { link_->leave(deadline); }

 private:
  std::unique_ptr<StarLink> link_;
};

}  // namespace

std::unique_ptr<Exchange> create_star_exchange(const StarOptions& options) {
  auto link = std::make_unique<StarLink>(options);
  if (!link->has_joined()) return nullptr;
  return std::make_unique<StarExchange>(std::move(link));
}

}  // namespace atl::distributed
