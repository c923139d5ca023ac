#include "app/mail_room.h"

#include "app/cosign_desk.h"
#include "app/mail_access.h"
#include "app/mail_carriage.h"
#include "app/mail_coordination.h"
#include "app/mail_outcome.h"
#include "app/mail_package.h"
#include "app/mail_request.h"
#include "app/mail_retention.h"

namespace crossguard {

Status CheckTyped(MessageKind kind, const nlohmann::json& body) {
  switch (kind) {
    case MessageKind::kPackageAnswer:
      return CheckPackageAnswerBody(body);
    case MessageKind::kCorrection:
      return CheckCorrectionBody(body);
    case MessageKind::kRecall:
      return CheckRecallBody(body);
    case MessageKind::kInformationRequest:
      return CheckRequestBody(body);
    case MessageKind::kInformationAnswer:
      return CheckRequestAnswerBody(body);
    case MessageKind::kReleaseRequest:
      return CheckReleaseRequestBody(body);
    default:
      return {};
  }
}

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
    case MessageKind::kDeconflictionNotice:
      return HandleDeconflictionNotice;
    case MessageKind::kDeconflictionSettled:
      return HandleDeconflictionSettled;
    case MessageKind::kLeadAssignment:
      return HandleLeadAssignment;
    case MessageKind::kTask:
      return HandleTask;
    case MessageKind::kTaskReport:
      return HandleTaskReport;
    case MessageKind::kErasureNotice:
      return HandleErasureNotice;
    case MessageKind::kErasureReceipt:
      return HandleErasureReceipt;
    case MessageKind::kCheckpoint:
      return HandleCheckpoint;
    case MessageKind::kCheckpointCosigned:
      return HandleCheckpointCosigned;
    case MessageKind::kAccessNotice:
      return HandleAccessNotice;
    case MessageKind::kCarriage:
      return HandleCarriage;
    case MessageKind::kCarriageReceipt:
      return HandleCarriageReceipt;
    default:
      return nullptr;
  }
}

}  // namespace crossguard
