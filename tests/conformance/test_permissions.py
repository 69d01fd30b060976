"""AWS Identity and Access Management: what a role, a resource and a key allow is served, and nothing else."""

import json
import time
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

SOURCE = "arn:aws:lambda:eu-west-1:123456789012:function:"


@pytest.fixture
def session(lab, unique):
    """Clients of a new role with these statements."""

    def clients(*statements):
        role = lab.role(unique(), list(statements))
        given = lab.client("sts").assume_role(RoleArn=role, RoleSessionName="person")["Credentials"]
        return caller(lab, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    return clients


def caller(lab, key, secret="secret", token=None):
    def client(service):
        return boto3.client(
            service,
            endpoint_url=lab.endpoints.lakeformation if service == "lakeformation" else lab.endpoints.aws,
            region_name=lab.endpoints.region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        )

    return client


def allow(action, resource="*", **condition):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **condition}


def code(call, *arguments, **members):
    with pytest.raises(ClientError) as refused:
        call(*arguments, **members)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


class TestRequests:
    pytestmark = pytest.mark.patch("requests_are_judged")

    def test_only_what_a_policy_allows_is_served(self, lab, session):
        bucket = lab.bucket()
        lab.client("s3").put_object(Bucket=bucket, Key="a/1", Body=b"x")
        s3 = session(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/a/*"))("s3")
        assert s3.get_object(Bucket=bucket, Key="a/1")["Body"].read() == b"x"
        named, message = code(s3.put_object, Bucket=bucket, Key="a/1", Body=b"y")
        assert named == "AccessDenied"
        assert "is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::" in message
        assert code(s3.get_object, Bucket=bucket, Key="b/1")[0] == "AccessDenied"

    def test_a_missing_object_is_hidden_from_who_may_not_list(self, lab, session):
        bucket = lab.bucket()
        objects = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
        assert code(session(objects)("s3").get_object, Bucket=bucket, Key="none")[0] == "AccessDenied"
        assert code(session(objects)("s3").head_object, Bucket=bucket, Key="none")[0] == "403"
        listing = allow("s3:ListBucket", f"arn:aws:s3:::{bucket}")
        assert code(session(objects, listing)("s3").get_object, Bucket=bucket, Key="none")[0] == "NoSuchKey"

    def test_a_deny_of_the_resources_own_policy_wins(self, lab, session):
        url, arn = lab.queue()
        policy = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}]}
        sqs = session(allow("sqs:*", arn))("sqs")
        sqs.send_message(QueueUrl=url, MessageBody="before")
        lab.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        assert "with an explicit deny" in code(sqs.send_message, QueueUrl=url, MessageBody="after")[1]

    def test_data_under_a_customer_key_need_the_key_too(self, lab, session):
        key = lab.client("kms").create_key()["KeyMetadata"]["Arn"]
        url, arn = lab.queue(KmsMasterKeyId=key)
        send = allow("sqs:SendMessage", arn)
        assert "kms:GenerateDataKey" in code(session(send)("sqs").send_message, QueueUrl=url, MessageBody="x")[1]
        via = {"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}}
        use = allow(["kms:GenerateDataKey", "kms:Decrypt"], key, Condition=via)
        session(send, use)("sqs").send_message(QueueUrl=url, MessageBody="x")
        elsewhere = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
        other = allow(["kms:GenerateDataKey", "kms:Decrypt"], key, Condition=elsewhere)
        assert "kms:" in code(session(send, other)("sqs").send_message, QueueUrl=url, MessageBody="x")[1]

    def test_a_permissions_boundary_limits_a_role(self, lab, session, unique):
        url, arn = lab.queue()
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow("sqs:ReceiveMessage")]})
        boundary = lab.client("iam").create_policy(PolicyName=unique(), PolicyDocument=document)["Policy"]["Arn"]
        role = lab.role(unique(), [allow("sqs:*", arn)]).rpartition("/")[2]
        lab.client("iam").put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
        given = lab.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::123456789012:role/{role}", RoleSessionName="person"
        )["Credentials"]
        sqs = caller(lab, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])("sqs")
        sqs.receive_message(QueueUrl=url)
        assert code(sqs.send_message, QueueUrl=url, MessageBody="x")[0].startswith("AccessDenied")

    def test_only_the_clouds_own_key_is_roots(self, lab):
        for key in ("123456789012", "AKIATESTTESTTESTTEST"):
            assert code(caller(lab, key)("sqs").list_queues)[0] == "InvalidClientTokenId"
        address = lab.endpoints.aws
        for url in (f"{address}/bucket/key", f"{address}/_ministack/sqs/messages", f"{address}/_ministack/reset"):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=5)

    def test_a_bucket_is_not_reached_by_the_name_of_a_host(self, lab, session):
        bucket = lab.bucket()
        lab.client("s3").put_object(Bucket=bucket, Key="a", Body=b"x")
        s3 = session(allow("s3:*"))("s3")

        def to_its_host(request, **_):
            request.headers["Host"] = f"{bucket}.s3.localhost"

        s3.meta.events.register("before-sign.s3.GetObject", to_its_host)
        assert "name buckets in the path" in code(s3.get_object, Bucket=bucket, Key="a")[1]

    def test_what_a_request_says_beside_its_object_is_judged_too(self, lab, session):
        bucket = lab.bucket()
        s3 = session(allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))("s3")
        s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        for member, action in (({"ACL": "private"}, "s3:PutObjectAcl"), ({"Tagging": "a=b"}, "s3:PutObjectTagging")):
            assert f"perform: {action} on" in code(s3.put_object, Bucket=bucket, Key="a", Body=b"x", **member)[1]

    def test_results_are_read_with_permission_on_their_bucket(self, lab, session, unique, until):
        bucket, group = lab.bucket(), unique()
        location = {"ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"}}
        athena = lab.client("athena")
        athena.create_work_group(Name=group, Configuration=location)
        query = athena.start_query_execution(QueryString="SELECT 1", WorkGroup=group)["QueryExecutionId"]
        until(
            lambda: athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"],
            lambda state: state == "SUCCEEDED",
        )
        results = allow("athena:GetQueryResults")
        denied = code(session(results)("athena").get_query_results, QueryExecutionId=query)
        assert f"s3:GetObject on resource: arn:aws:s3:::{bucket}/results/" in denied[1]
        reading = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/results/*")
        assert session(results, reading)("athena").get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]

    def test_who_is_not_known_is_refused(self, lab):
        assert code(caller(lab, "ASIAUNKNOWNUNKNOWN12")("sqs").list_queues)[0] == "InvalidClientTokenId"

    def test_an_operation_without_a_row_is_refused_and_named(self, session):
        named, message = code(session(allow("*"))("sqs").list_queues)
        assert named.startswith("AccessDenied")
        assert "needs.py has no row for sqs.ListQueues" in message

    def test_a_policy_that_nobody_understands_is_refused(self, lab, session):
        url, arn = lab.queue()
        sqs = session(allow("sqs:*", arn), allow("s3:GetObject", "arn:aws:s3:::b/${aws:userid}"))("sqs")
        assert "cannot judge a policy that contains ${" in code(sqs.receive_message, QueueUrl=url)[1]

    def test_a_query_needs_its_tables_and_the_place_of_its_results(self, lab, session, unique):
        bucket, group = lab.bucket(), unique()
        location = {"ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"}}
        lab.client("athena").create_work_group(Name=group, Configuration=location)
        statements = [
            allow("athena:StartQueryExecution", f"arn:aws:athena:eu-west-1:123456789012:workgroup/{group}"),
            allow("s3:GetBucketLocation", f"arn:aws:s3:::{bucket}"),
            allow("s3:PutObject", f"arn:aws:s3:::{bucket}/results/*"),
        ]
        asked = {"QueryString": "SELECT 1", "WorkGroup": group}
        session(*statements)("athena").start_query_execution(**asked)
        assert "s3:PutObject" in code(session(*statements[:2])("athena").start_query_execution, **asked)[1]
        reading = {**asked, "QueryString": "WITH a AS (SELECT * FROM curated.orders) SELECT * FROM a"}
        message = code(session(*statements)("athena").start_query_execution, **reading)[1]
        assert "glue:GetTable on resource: arn:aws:glue:eu-west-1:123456789012:catalog" in message

    def test_what_was_judged_is_on_record(self, lab, session, until):
        url, arn = lab.queue()
        session(allow("sqs:ReceiveMessage", arn))("sqs").receive_message(QueueUrl=url)
        file = lab.state_dir / "logs" / "permissions.json"

        def rows():
            record = json.loads(file.read_text()) if file.exists() else {"fields": [], "rows": []}
            return [dict(zip(record["fields"], row, strict=True)) for row in record["rows"]]

        seen = until(lambda: [row for row in rows() if row["resource"] == arn], bool)
        assert [(row["action"], row["decision"], row["count"]) for row in seen] == [("sqs:ReceiveMessage", "Allow", 1)]


@pytest.mark.patch("governance_is_judged")
def test_lake_formation_asks_iam_first(session):
    denied = code(session(allow("s3:GetObject"))("lakeformation").list_lf_tags)
    assert denied[0] == "AccessDeniedException"
    assert "lakeformation:ListLFTags" in denied[1]
    assert session(allow("lakeformation:ListLFTags"))("lakeformation").list_lf_tags()["LFTags"] is not None


class TestServices:
    pytestmark = pytest.mark.patch("services_are_judged")

    def test_a_function_has_its_roles_permissions_and_no_others(self, lab, unique):
        url, arn = lab.queue()
        role = lab.role(unique(), [allow("sqs:SendMessage", arn)])
        may, may_not = (
            lab.function("send_event", name=unique(), role=role, RESULTS=target) for target in (url, lab.queue()[0])
        )
        invoke = lab.client("lambda").invoke
        answer = invoke(FunctionName=may, Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        refused = json.loads(invoke(FunctionName=may_not, Payload=b"{}")["Payload"].read())
        assert "is not authorized to perform: sqs:SendMessage" in refused["errorMessage"]

    def test_a_role_must_trust_the_service(self, lab, unique):
        role = lab.role(unique(), [allow("*")], trusts=["states"])
        function = lab.function("echo", name=unique(), role=role)
        answer = lab.client("lambda").invoke(FunctionName=function, Payload=b"{}")
        assert answer.get("FunctionError")
        assert "sts:AssumeRole" in answer["Payload"].read().decode()

    def test_a_task_fails_that_the_machines_role_does_not_allow(self, lab, invoke, unique):
        role = lab.role(unique(), [allow("lambda:InvokeFunction", f"{SOURCE}other")])
        ended = lab.end_of(lab.start(lab.machine({"Call": invoke(lab.function("echo"), {})}, role=role)))
        assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.AccessDeniedException")
        assert f"lambda:InvokeFunction on resource: {SOURCE}echo" in ended["cause"]

    def test_only_functions_and_jobs_are_called_by_tasks(self, lab, unique):
        url, _ = lab.queue()
        role = lab.role(unique(), [allow("*")])
        task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
        states = {"Send": {**task, "Arguments": {"QueueUrl": url, "MessageBody": "x"}}}
        ended = lab.end_of(lab.start(lab.machine(states, role=role)))
        assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
        assert "judges no permissions of a task with arn:aws:states:::sqs:sendMessage" in ended["cause"]
        assert lab.drain(url, 1, 1) == []

    def test_a_topic_reaches_only_a_queue_whose_policy_admits_it(self, lab, unique):
        (url, arn), topic = lab.queue(), lab.client("sns").create_topic(Name=unique())["TopicArn"]
        lab.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        lab.client("sns").publish(TopicArn=topic, Message="before")
        assert lab.drain(url, 1, 2) == []
        lab.admit(url, arn, "sns", topic)
        lab.client("sns").publish(TopicArn=topic, Message="after")
        assert len(lab.drain(url, 1, 5)) == 1

    def test_a_bucket_notifies_only_a_queue_whose_policy_admits_it(self, lab):
        (url, arn), bucket = lab.queue(), lab.bucket()
        s3 = lab.client("s3")
        told = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=told)
        s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        assert lab.drain(url, 1, 2) == []
        lab.admit(url, arn, "s3", f"arn:aws:s3:::{bucket}")
        s3.put_object(Bucket=bucket, Key="b", Body=b"x")
        assert len(lab.drain(url, 1, 5)) == 1

    def test_a_queue_is_read_with_the_functions_role(self, lab, unique):
        (results, results_arn), (url, arn) = lab.queue(), lab.queue()
        role = lab.role(unique(), [allow("sqs:SendMessage", results_arn)])
        function = lab.function("send_event", name=unique(), role=role, RESULTS=results)
        lab.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=function)
        lab.client("sqs").send_message(QueueUrl=url, MessageBody="x")
        assert lab.drain(results, 1, 4) == []

    def test_an_event_reaches_only_a_queue_whose_policy_admits_it(self, lab, unique):
        (url, arn), name = lab.queue(), unique()
        events = lab.client("events")
        rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        event = {"Source": name, "DetailType": "test", "Detail": "{}"}
        events.put_events(Entries=[event])
        assert lab.drain(url, 1, 2) == []
        lab.admit(url, arn, "events", rule)
        events.put_events(Entries=[event])
        assert len(lab.drain(url, 1, 5)) == 1

    def test_a_job_needs_its_script_and_a_role_that_glue_may_assume(self, lab, jobs, unique):
        role = lab.role(unique(), [allow("s3:GetObject", "arn:aws:s3:::elsewhere/*")])
        name = jobs.create("act", {}, Role=role)
        lab.client("glue").start_job_run(JobName=name)
        end = time.monotonic() + 10
        while jobs.run_of(name)["JobRunState"] in ("STARTING", "RUNNING") and time.monotonic() < end:
            time.sleep(0.1)
        run = jobs.run_of(name)
        assert run["JobRunState"] == "FAILED"
        assert "s3:GetObject on resource: arn:aws:s3:::" in run["ErrorMessage"]
