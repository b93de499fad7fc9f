"""Validators: is it good, and good for anything?"""
