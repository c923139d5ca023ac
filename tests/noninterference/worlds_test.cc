// Two runs of the real desk over two worlds.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "testing_desk.h"

namespace crossguard::noninterference {
namespace {

// 50,000 in each test run; CROSSGUARD_NONINTERFERENCE_TRIALS=1000000 for the long one.
int64_t TrialsWanted() {
  const char* const wanted = std::getenv("CROSSGUARD_NONINTERFERENCE_TRIALS");
  return wanted == nullptr ? 50'000 : std::atoll(wanted);
}

TEST(NonInterference, NoByteOfAnyAnswerDependsOnWhatTheViewerMayNotSee) {
  Desk desk;
  const int64_t trials = TrialsWanted();
  const auto found = Compare(desk, desk, trials, 7);
  std::printf("%lld trials\n", static_cast<long long>(found ? found->trial : trials));
  EXPECT_FALSE(found) << "trial " << found->trial << ": " << found->request << "\n  one: " << found->first
                      << "\n  two: " << found->second;
}

// The worlds are worth asking about: who may see more gets other answers, and the viewer gets many that are not empty.
TEST(NonInterference, TheWorldsDifferForWhoMaySeeAllAndAreFullForTheViewer) {
  class Insider final : public Desk {
    std::string Answer(Place& place, const std::string&, const Request& request) override {
      return Desk::Answer(place, kInsider, request);
    }
  };
  std::mt19937_64 random(3);
  Desk desk;
  Insider insider;
  int differ = 0, full = 0;
  bool differs_by_kind[kKinds] = {};
  for (int pair = 0; pair < 8; ++pair) {
    const uint64_t visible = random();
    Place one = MakePlace({.visible = visible, .hidden = random()});
    Place two = MakePlace({.visible = visible, .hidden = random()});
    for (int i = 0; i < 200; ++i) {
      const Request request = AnyRequest(random);
      const bool differs =
          static_cast<Desk&>(insider).Answer(one, "", request) != static_cast<Desk&>(insider).Answer(two, "", request);
      differ += differs ? 1 : 0;
      if (differs) differs_by_kind[static_cast<size_t>(request.kind)] = true;
      const std::string seen = desk.Answer(one, kViewer, request);
      full += seen.size() > 40 && !seen.starts_with("not_found") ? 1 : 0;
    }
  }
  EXPECT_GT(differ, 400);
  EXPECT_GT(full, 600);
  for (int i = 0; i < kKinds; ++i) EXPECT_TRUE(differs_by_kind[i]) << Describe({.kind = static_cast<Kind>(i)});
}

}  // namespace
}  // namespace crossguard::noninterference
