"""Elastic Load Balancing: a load balancer's name leads to it."""

from __future__ import annotations

from lab.aws import hosts
from lab.aws.gaps import _hooks, gap
from lab.aws.settings import HOST


def _publish_all() -> None:
    """Publish every load balancer, and withdraw those that are gone."""
    from ministack.services import alb

    living = {str(record["DNSName"]).lower() for record in alb._lbs.all_values()}
    published = {name for name in hosts.names() if name.endswith(".elb.amazonaws.com")}
    for name in living - published:
        hosts.publish(name, HOST)
    for name in published - living:
        hosts.withdraw(name)


def _on_changed(_call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    _publish_all()
    return answer


@gap(
    service="elasticloadbalancing",
    lacks="a load balancer's DNS name resolves nowhere; it answers on the API's port over plain HTTP",
    restores="the name leads to listeners on 80 and 443, with the HTTPS listener's ACM certificate",
    how="the edge (lab/aws/edge.py) listens on loopback and chooses by host name; the name is in /etc/hosts",
)
def elb_names() -> None:
    """Publish load balancers' names."""
    _hooks.after("elasticloadbalancing", "CreateLoadBalancer", "DeleteLoadBalancer")(_on_changed)
