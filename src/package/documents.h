// The provider's own documents inside a package: whole where they speak of nobody else, cut where they do, named with
// their digest where neither is safe.
#pragma once

#include "package/account_facts.h"
#include "package/stage.h"
#include "vault/vault.h"

namespace crossguard {

// Adds data/reports/... and data/reports/index.json for the documents gathered.
Status AddDocuments(const FactsScope& scope, Vault& vault, const Gathered& gathered, BagStage& stage);

}  // namespace crossguard
