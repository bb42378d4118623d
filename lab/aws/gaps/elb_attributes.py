"""Elastic Load Balancing: a load balancer's attributes."""

from __future__ import annotations

from lab.aws.gaps import _hooks, gap

# What AWS answers for a new application load balancer (API reference, LoadBalancerAttribute).
_DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}


@gap(
    service="elasticloadbalancing",
    lacks="a load balancer's attribute list has a few of AWS's attributes",
    restores="every attribute is listed, with AWS's default where nobody set it",
    how="the missing ones are added before the list is read or changed",
)
def elb_attributes() -> None:
    """Complete the attribute list of a load balancer."""

    @_hooks.before("elasticloadbalancing", "DescribeLoadBalancerAttributes", "ModifyLoadBalancerAttributes")
    def complete(call: _hooks.Call) -> None:
        from ministack.services import alb

        arn = call.params.get("LoadBalancerArn", "")
        if arn not in alb._lbs:
            return
        attributes = alb._lb_attrs.setdefault(arn, [])
        known = {attribute["Key"] for attribute in attributes}
        attributes.extend({"Key": key, "Value": value} for key, value in _DEFAULTS.items() if key not in known)
