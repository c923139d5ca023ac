// What partner authorities already hold: it overlaps a little with what the provider reports.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "simulate/truth.h"

namespace crossguard::simulate {

struct Partner {
  std::string_view authority;      // of the shipped example
  std::string_view handling;       // JSON array of handling codes
  std::string_view handling_text;  // what H3 asks for
  std::string_view grade;          // 4x4
};
std::string HeadOf(const Partner& partner);  // its contribution as far as the items
constexpr size_t kPartnerCount = 4;
extern const std::array<Partner, kPartnerCount> kPartners;
using HoldingItems = std::array<std::string, kPartnerCount>;  // JSON objects, each with a comma in front

// One account has one of the block's own contents.
struct OwnedContent {
  size_t account = 0;
  Digests digests;
};
// Items that meet accounts of the block, others that must not (victims', witnesses', unreadable), others that meet
// nothing; and the hits that follow.
void AppendHoldings(const OperationPlan& plan, const Block& block, const std::vector<OwnedContent>& owned,
                    HoldingItems& items, TruthParts& truth);

}  // namespace crossguard::simulate
