"""What a lake costs in a month on AWS: counted calls and stated assumptions, times list prices."""
