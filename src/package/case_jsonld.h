// CASE 1.4 / UCO nodes (caseontology.org) of what a package holds. Node ids are "kb:<type>-<uuid>", the UUID in version
// 5 shape from the public id, so that the same thing is the same node in every package. What the ontologies have no
// word for stands in our own namespace, https://crossguard.example/ns#.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/authority.h"
#include "package/account_facts.h"

namespace crossguard {

struct CaseFrame {
  std::string operation_id, operation_name, kind;  // kind: of the package
  std::string as_of;                               // RFC 3339: when the data was last added to
  std::string tool;                                // "crossguard 0.1.0"
  const Authority* sender = nullptr;
  const Authority* recipient = nullptr;
  std::string gateway_id, legal_reference;
  std::vector<std::string> handling;
};

nlohmann::json CaseContext();
// Nodes of the whole: organizations, investigation, authorization, marking, the composing action. `accounts`: public
// ids.
std::vector<nlohmann::json> CaseFrameNodes(const CaseFrame& frame, const std::vector<std::string>& accounts);
// Nodes of one account, from its record in accounts.json; media nodes are left to CaseMediaNode.
std::vector<nlohmann::json> CaseAccountNodes(const nlohmann::json& account);
nlohmann::json CaseMediaNode(const Gathered::MediaFile& media);

}  // namespace crossguard
