#include "app/mail_room.h"

#include "app/mail_package.h"
#include "app/mail_request.h"
#include "app/mail_outcome.h"

namespace crossguard {

Handler HandlerOf(MessageKind kind) {
  switch (kind) {
    case MessageKind::kContribution:
      return HandleContribution;
    case MessageKind::kReferralPackage:
    case MessageKind::kEvidencePackage:
      return HandlePackage;
    case MessageKind::kPackageAnswer:
      return HandlePackageAnswer;
    case MessageKind::kCorrection:
      return HandleCorrection;
    case MessageKind::kRecall:
      return HandleRecall;
    case MessageKind::kInformationRequest:
      return HandleInformationRequest;
    case MessageKind::kInformationAnswer:
      return HandleInformationAnswer;
    case MessageKind::kReleaseRequest:
      return HandleReleaseRequest;
    case MessageKind::kReleaseDecision:
      return HandleReleaseDecision;
    case MessageKind::kHitQuery:
      return HandleHitQuery;
    case MessageKind::kHitAnswer:
      return HandleHitAnswer;
    case MessageKind::kOutcomeReport:
      return HandleOutcomeReport;
    case MessageKind::kFeedback:
      return HandleFeedback;
    default:
      return nullptr;
  }
}

}  // namespace crossguard
