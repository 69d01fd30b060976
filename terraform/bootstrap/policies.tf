# What Terraform does to the lake's resources, by the names of the managed policies that hold it (IAM allows 6144 characters in each).
# Sources: the Service Authorization Reference, and what the provider calls; the local cloud refuses a call that is missing here.
locals {
  # A role is changed only under the boundary, if there is one (IAM user guide, "Permissions boundaries for IAM entities", delegating to others).
  under_the_boundary = var.permissions_boundary ? { Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } } } : {}

  # Keys are made by the lake, so their ARNs are not known before: the tag says which are the lake's.
  tagged     = { StringEquals = { "aws:ResourceTag/Project" = var.prefix } }
  lake_named = "${var.prefix}-*"

  # Databases in a catalogue that is encrypted with a customer managed key (Glue developer guide, "Encrypting your Data Catalog").
  catalogue_key_statements = [for arn in var.catalogue_key_arn[*] : {
    Sid       = "UseTheCataloguesKey"
    Effect    = "Allow"
    Action    = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    Resource  = [arn]
    Condition = { StringEquals = { "kms:ViaService" = ["glue.${var.region}.amazonaws.com"] } }
  }]

  deployer_statements = {
    state = [
      {
        Sid      = "FindTheState"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.state.arn]
      },
      {
        Sid      = "KeepTheStateAndItsLock"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = ["${aws_s3_bucket.state.arn}/*"]
      },
      {
        Sid       = "EncryptTheState"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [aws_kms_key.state.arn]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
      },
      {
        Sid      = "NeverTheBucketOfTheState"
        Effect   = "Deny"
        Action   = ["s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"]
        Resource = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]
      },
      {
        Sid      = "NeverTheKeyOfTheState"
        Effect   = "Deny"
        Action   = ["kms:DisableKey", "kms:DisableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:UpdateAlias"]
        Resource = [aws_kms_key.state.arn]
      },
    ]

    roles = [
      merge({
        Sid      = "MakeAndChangeRoles"
        Effect   = "Allow"
        Action   = ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource = [local.roles]
      }, local.under_the_boundary),
      {
        Sid    = "KeepRoles"
        Effect = "Allow"
        Action = [
          "iam:DeleteRole", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies",
          "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
        ]
        Resource = [local.roles]
      },
      {
        Sid      = "GiveRolesToTheirServices"
        Effect   = "Allow"
        Action   = ["iam:PassRole"]
        Resource = [local.roles]
        Condition = {
          StringEquals = { "iam:PassedToService" = [for service in ["glue", "lakeformation", "lambda", "scheduler", "states"] : "${service}.amazonaws.com"] }
        }
      },
      {
        # Its own name bears the prefix too.
        Sid    = "NeverItself"
        Effect = "Deny"
        Action = [
          "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PassRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole",
          "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
        ]
        Resource = [local.itself]
      },
    ]

    storage = [
      {
        Sid    = "MakeBuckets"
        Effect = "Allow"
        Action = [
          "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS",
          "s3:GetBucketLocation", "s3:GetBucketLogging", "s3:GetBucketNotification", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls",
          "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning",
          "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket",
          "s3:ListBucketVersions", "s3:PutBucketNotification", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock",
          "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
        ]
        Resource = ["arn:${local.partition}:s3:::${local.lake_named}"]
      },
      {
        Sid    = "UploadPackages"
        Effect = "Allow"
        Action = [
          "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging",
        ]
        Resource = ["arn:${local.partition}:s3:::${var.prefix}-artifacts-${local.account_id}-*/*"]
      },
      {
        Sid      = "EmptyResults" # when the bucket is destroyed with its contents (force_destroy)
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
        Resource = ["arn:${local.partition}:s3:::${var.prefix}-results-${local.account_id}-*/*"]
      },
      {
        Sid       = "MakeKeys"
        Effect    = "Allow"
        Action    = ["kms:CreateKey"]
        Resource  = ["*"]
        Condition = { StringEquals = { "aws:RequestTag/Project" = var.prefix } }
      },
      {
        Sid    = "KeepKeys"
        Effect = "Allow"
        Action = [
          "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey", "kms:DisableKeyRotation", "kms:EnableKeyRotation", "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
          "kms:UpdateAlias", "kms:UpdateKeyDescription",
        ]
        Resource  = ["${local.arns.kms}:key/*"]
        Condition = local.tagged
      },
      {
        Sid       = "TagNewKeys" # kms:CreateKey with tags asks for it, before the key has them (KMS developer guide, "Tagging permissions")
        Effect    = "Allow"
        Action    = ["kms:TagResource"]
        Resource  = ["*"]
        Condition = { StringEquals = { "aws:RequestTag/Project" = var.prefix } }
      },
      {
        Sid      = "NameKeys"
        Effect   = "Allow"
        Action   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
        Resource = ["${local.arns.kms}:alias/${local.lake_named}"]
      },
      {
        # The provider asks which key encrypts tables by default, to tell whether ours is another.
        Sid       = "FindTheDefaultKeyOfTables"
        Effect    = "Allow"
        Action    = ["kms:DescribeKey"]
        Resource  = ["${local.arns.kms}:alias/aws/dynamodb", "${local.arns.kms}:key/*"]
        Condition = { StringEquals = { "kms:RequestAlias" = "alias/aws/dynamodb" } }
      },
      {
        Sid      = "FindAliases" # a list has no resources
        Effect   = "Allow"
        Action   = ["kms:ListAliases"]
        Resource = ["*"]
      },
      {
        # S3 encrypts uploads, Systems Manager parameters, Secrets Manager containers, Lambda environments, EventBridge Scheduler inputs.
        Sid      = "EncryptWhatServicesStore"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
        Resource = ["${local.arns.kms}:key/*"]
        Condition = {
          StringEquals = {
            "aws:ResourceTag/Project" = var.prefix
            "kms:ViaService"          = [for service in ["dynamodb", "lambda", "s3", "scheduler", "secretsmanager", "ssm"] : "${service}.${var.region}.amazonaws.com"]
          }
        }
      },
      {
        # Lambda and DynamoDB keep a grant on a customer key (Lambda developer guide, "Securing environment variables"; DynamoDB developer guide,
        # "Encryption at rest: how it works", authorizing the use of a customer key).
        Sid      = "GrantKeysToServices"
        Effect   = "Allow"
        Action   = ["kms:CreateGrant"]
        Resource = ["${local.arns.kms}:key/*"]
        Condition = {
          Bool = { "kms:GrantIsForAWSResource" = "true" }
          StringEquals = {
            "aws:ResourceTag/Project" = var.prefix
            "kms:ViaService"          = [for service in ["dynamodb", "lambda"] : "${service}.${var.region}.amazonaws.com"]
          }
        }
      },
    ]

    data = [
      {
        Sid    = "MakeTables"
        Effect = "Allow"
        Action = [
          "dynamodb:CreateTable", "dynamodb:DeleteTable", "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive",
          "dynamodb:ListTagsOfResource", "dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable",
          "dynamodb:UpdateTimeToLive",
        ]
        Resource = ["${local.arns.dynamodb}:table/${local.lake_named}"]
      },
      {
        Sid    = "KeepConfiguration"
        Effect = "Allow"
        Action = [
          "ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:GetParameter", "ssm:ListTagsForResource", "ssm:PutParameter",
          "ssm:RemoveTagsFromResource",
        ]
        Resource = ["${local.arns.ssm}:parameter/${var.prefix}/*"]
      },
      {
        Sid      = "FindConfiguration" # a list has no resources of its own
        Effect   = "Allow"
        Action   = ["ssm:DescribeParameters"]
        Resource = ["${local.arns.ssm}:*"]
      },
      {
        Sid    = "MakeContainersOfSecrets" # and never reads or writes what is in them
        Effect = "Allow"
        Action = [
          "secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy",
          "secretsmanager:TagResource", "secretsmanager:UntagResource", "secretsmanager:UpdateSecret",
        ]
        Resource = ["${local.arns.secretsmanager}:secret:${var.prefix}/*"]
      },
      {
        Sid    = "MakeQueues"
        Effect = "Allow"
        Action = [
          "sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:ListQueueTags", "sqs:SetQueueAttributes", "sqs:TagQueue",
          "sqs:UntagQueue",
        ]
        Resource = ["${local.arns.sqs}:${local.lake_named}"]
      },
      {
        Sid    = "MakeTopics"
        Effect = "Allow"
        Action = [
          "sns:CreateTopic", "sns:DeleteTopic", "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes",
          "sns:ListTagsForResource", "sns:SetSubscriptionAttributes", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:Unsubscribe",
          "sns:UntagResource",
        ]
        Resource = ["${local.arns.sns}:${local.lake_named}"]
      },
    ]

    compute = [
      {
        Sid    = "MakeFunctions"
        Effect = "Allow"
        Action = [
          "lambda:AddPermission", "lambda:CreateFunction", "lambda:DeleteFunction", "lambda:DeleteFunctionConcurrency", "lambda:DeleteFunctionEventInvokeConfig",
          "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionConfiguration", "lambda:GetFunctionEventInvokeConfig",
          "lambda:GetPolicy", "lambda:ListTags", "lambda:ListVersionsByFunction", "lambda:PutFunctionConcurrency", "lambda:PutFunctionEventInvokeConfig",
          "lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration",
          "lambda:UpdateFunctionEventInvokeConfig",
        ]
        Resource = ["${local.arns.lambda}:function:${local.lake_named}"]
      },
      {
        Sid      = "FindQueuesOfFunctions" # before it is made a mapping has no ARN, and a read does not say of which function
        Effect   = "Allow"
        Action   = ["lambda:GetEventSourceMapping", "lambda:ListTags"]
        Resource = ["${local.arns.lambda}:event-source-mapping:*"]
      },
      {
        Sid       = "FeedFunctionsFromQueues"
        Effect    = "Allow"
        Action    = ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"]
        Resource  = ["*"]
        Condition = { ArnLike = { "lambda:FunctionArn" = "${local.arns.lambda}:function:${local.lake_named}" } }
      },
      {
        Sid      = "TagMappings"
        Effect   = "Allow"
        Action   = ["lambda:TagResource", "lambda:UntagResource"]
        Resource = ["${local.arns.lambda}:event-source-mapping:*"]
      },
      {
        Sid    = "MakeStateMachines"
        Effect = "Allow"
        Action = [
          "states:CreateStateMachine", "states:DeleteStateMachine", "states:DescribeStateMachine", "states:ListStateMachineVersions",
          "states:ListTagsForResource", "states:TagResource", "states:UntagResource", "states:UpdateStateMachine",
        ]
        Resource = ["${local.arns.states}:stateMachine:${local.lake_named}"]
      },
      {
        Sid      = "CheckDefinitions" # asked before the machine exists; reads nothing
        Effect   = "Allow"
        Action   = ["states:ValidateStateMachineDefinition"]
        Resource = ["*"]
      },
      {
        Sid    = "MakeRules"
        Effect = "Allow"
        Action = [
          "events:DeleteRule", "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule", "events:PutRule", "events:PutTargets",
          "events:RemoveTargets", "events:TagResource", "events:UntagResource",
        ]
        Resource = ["${local.arns.events}:rule/${local.lake_named}"]
      },
      {
        Sid    = "MakeSchedules"
        Effect = "Allow"
        Action = [
          "scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule", "scheduler:DeleteScheduleGroup", "scheduler:GetSchedule",
          "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource", "scheduler:TagResource", "scheduler:UntagResource", "scheduler:UpdateSchedule",
        ]
        Resource = ["${local.arns.scheduler}:schedule/${var.prefix}/*", "${local.arns.scheduler}:schedule-group/${var.prefix}"]
      },
    ]

    watching = [
      {
        Sid    = "MakeAlarms"
        Effect = "Allow"
        Action = [
          "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource",
          "cloudwatch:UntagResource",
        ]
        Resource = ["${local.arns.cloudwatch}:alarm:${local.lake_named}"]
      },
      {
        Sid    = "MakeLogGroups"
        Effect = "Allow"
        Action = [
          "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteRetentionPolicy", "logs:DisassociateKmsKey",
          "logs:ListTagsForResource", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
        ]
        Resource = flatten([
          for name in ["/aws/lambda/${local.lake_named}", "/aws/vendedlogs/states/${local.lake_named}", "/aws-glue/${local.lake_named}"] :
          ["${local.arns.logs}:log-group:${name}", "${local.arns.logs}:log-group:${name}:*"]
        ])
      },
      {
        Sid      = "FindLogGroups" # judged on the group of all groups
        Effect   = "Allow"
        Action   = ["logs:DescribeLogGroups"]
        Resource = ["${local.arns.logs}:log-group:*"]
      },
    ]

    lake = concat(local.catalogue_key_statements, [
      {
        Sid      = "MakeTheJob"
        Effect   = "Allow"
        Action   = ["glue:CreateJob", "glue:DeleteJob", "glue:GetJob", "glue:GetTags", "glue:TagResource", "glue:UntagResource", "glue:UpdateJob"]
        Resource = ["${local.arns.glue}:job/${local.lake_named}"]
      },
      {
        Sid      = "EncryptTheJob" # security configurations have no resources in IAM
        Effect   = "Allow"
        Action   = ["glue:CreateSecurityConfiguration", "glue:DeleteSecurityConfiguration", "glue:GetSecurityConfiguration"]
        Resource = ["*"]
      },
      {
        Sid    = "MakeDatabases"
        Effect = "Allow"
        Action = [
          "glue:CreateDatabase", "glue:DeleteDatabase", "glue:GetDatabase", "glue:GetTags", "glue:TagResource", "glue:UntagResource", "glue:UpdateDatabase",
        ]
        Resource = concat(local.catalogue, [for name in sort(local.databases) : "${local.arns.glue}:userDefinedFunction/${name}/*"])
      },
      {
        # Lake Formation has no resources in IAM: its administrators, and what they may grant, are in its own settings.
        Sid    = "GovernTheLake"
        Effect = "Allow"
        Action = [
          "lakeformation:AddLFTagsToResource", "lakeformation:CreateLFTag", "lakeformation:DeleteLFTag", "lakeformation:DeregisterResource",
          "lakeformation:DescribeResource", "lakeformation:GetDataLakeSettings", "lakeformation:GetLFTag", "lakeformation:GetResourceLFTags",
          "lakeformation:GrantPermissions", "lakeformation:ListPermissions", "lakeformation:PutDataLakeSettings", "lakeformation:RegisterResource",
          "lakeformation:RemoveLFTagsFromResource", "lakeformation:RevokePermissions", "lakeformation:UpdateLFTag", "lakeformation:UpdateResource",
        ]
        Resource = ["*"]
      },
      {
        Sid    = "MakeTheWorkgroup"
        Effect = "Allow"
        Action = [
          "athena:CreateNamedQuery", "athena:CreateWorkGroup", "athena:DeleteNamedQuery", "athena:DeleteWorkGroup", "athena:GetNamedQuery", "athena:GetWorkGroup",
          "athena:ListTagsForResource", "athena:TagResource", "athena:UntagResource", "athena:UpdateNamedQuery", "athena:UpdateWorkGroup",
        ]
        Resource = ["${local.arns.athena}:workgroup/${var.prefix}"]
      },
    ])
  }
}
