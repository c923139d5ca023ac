// All labels that bear on one datum, for the kernel to decide about (custody/policy.h).
#pragma once

#include <string_view>
#include <vector>

#include "model/labels.h"
#include "register/sql.h"
#include "register/visibility.h"

namespace crossguard {

struct DatumLabels {
  // One for each submission (or operation) through which the viewer sees it; each holds every set of labels on that
  // way, and each set must permit. Empty: there is no such datum for this viewer.
  std::vector<std::vector<Labels>> ways;
  bool may_be_minor = false;
  // The most restrictive join of them all. CHECKed: ways is not empty.
  Labels Joined() const;
};

// noun: operation, submission, contribution, package, account, subject or file. A contribution's labels are found
// whoever asks: whether it is hit or no hit is the kernel's to say.
Result<DatumLabels> LabelsOn(Database& database, const Viewer& viewer, std::string_view noun, std::string_view id);

// What a package carries takes its labels along: the own labels of its accounts, of the submissions that name them and
// of the files that those declare. A release needs the leave of each.
Result<std::vector<Labels>> LabelsCarriedBy(Database& database, std::string_view package_id);

}  // namespace crossguard
